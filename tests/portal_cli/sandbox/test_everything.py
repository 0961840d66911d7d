"""`$everything` gives the patient's record, all of it, and nothing of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.everything import care_date

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller

ADAS = {"ada", "glucose", "pulse", "order", "note", "scan", "origin"}


def _entries(caller: Caller, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while address:
        answer = caller.get(address)
        assert answer.status_code == 200, answer.text
        bundle = answer.json or {}
        found += bundle.get("entry", [])
        address = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    return found


def _ids(entries: list[dict[str, Any]], mode: str) -> set[str]:
    return {entry["resource"]["id"] for entry in entries if entry["search"]["mode"] == mode}


def test_the_whole_record_comes_with_what_it_refers_to(ada: Caller) -> None:
    bundle = ada.get("Patient/ada/$everything").json or {}
    assert (bundle["type"], bundle["total"]) == ("searchset", len(ADAS))
    assert bundle["entry"][0]["resource"]["id"] == "ada"
    assert _ids(bundle["entry"], "match") == ADAS
    assert _ids(bundle["entry"], "include") == {"doctor"}


def test_the_record_comes_in_pages(ada: Caller) -> None:
    entries = _entries(ada, "Patient/ada/$everything?_count=2")
    matches = [entry["resource"]["id"] for entry in entries if entry["search"]["mode"] == "match"]
    assert len(matches) == len(set(matches))
    assert set(matches) == ADAS


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("_type=Observation", {"glucose", "pulse"}),
        ("_type=Observation,MedicationRequest", {"glucose", "pulse", "order"}),
        ("_type=Observation&_type=Patient", {"ada", "glucose", "pulse"}),
        ("_type=Observation&start=2024-03-05&end=2024-03-05", {"glucose"}),
        ("_type=Observation&start=2024-06", {"pulse"}),
        ("_type=Observation&end=2024-03-04", set()),
        ("end=1999", {"ada", "scan", "note", "order"}),
        ("_since=2999-01-01T00:00:00Z", set()),
        ("_since=2000-01-01T00:00:00Z&_type=Patient", {"ada"}),
    ],
)
def test_the_record_is_narrowed(ada: Caller, query: str, expected: set[str]) -> None:
    assert _ids(_entries(ada, f"Patient/ada/$everything?{query}"), "match") == expected


def test_only_the_types_asked_for_are_included(ada: Caller) -> None:
    entries = _entries(ada, "Patient/ada/$everything?_type=Provenance,Practitioner")
    assert _ids(entries, "match") == {"origin"}
    assert _ids(entries, "include") == {"doctor"}
    assert _ids(_entries(ada, "Patient/ada/$everything?_type=Provenance"), "include") == set()


def test_parameters_may_be_sent_as_a_resource(ada: Caller) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueCode": "Observation"}]}
    answer = ada.call("POST", "Patient/ada/$everything", body)
    assert _ids((answer.json or {})["entry"], "match") == {"glucose", "pulse"}
    assert ada.refused("POST", "Patient/ada/$everything", {"resourceType": "Patient"})[0] == 400


@pytest.mark.parametrize("query", ["_type=Nonsense", "start=soon", "end=x", "_since=x", "_count=many"])
def test_a_value_that_makes_no_sense_is_refused(ada: Caller, query: str) -> None:
    assert ada.refused("GET", f"Patient/ada/$everything?{query}")[0] == 400


def test_another_patients_record_is_not_there(ada: Caller, ben: Caller) -> None:
    assert ben.refused("GET", "Patient/ada/$everything")[0] == 404
    assert ben.refused("GET", "Patient/nobody/$everything")[0] == 404
    link = next(each["url"] for each in (ada.get("Patient/ada/$everything?_count=1").json or {})["link"][1:])
    assert ben.refused("GET", link)[0] == 404
    assert ben.refused("GET", link.replace("Patient/ada", "Patient/ben")) == (410, "expired")


def test_the_record_stays_within_scope(ada: Caller, call_as: type[Caller]) -> None:
    narrow = call_as(ada.sandbox, scope="launch/patient patient/Patient.r patient/Observation.r")
    entries = _entries(narrow, "Patient/ada/$everything")
    assert {entry["resource"]["resourceType"] for entry in entries} == {"Patient", "Observation"}
    without = call_as(ada.sandbox, scope="launch/patient patient/Observation.rs")
    assert without.refused("GET", "Patient/ada/$everything")[0] == 403


def test_what_was_deleted_is_left_out(ada: Caller) -> None:
    ada.call("DELETE", "Observation/pulse")
    assert "pulse" not in _ids(_entries(ada, "Patient/ada/$everything"), "match")


def test_the_date_of_care_is_known_for_what_has_one() -> None:
    dates = {kind: care_date(kind) for kind in ("Observation", "MedicationRequest", "Encounter", "Immunization")}
    assert {kind: date.name if date else None for kind, date in dates.items()} == {
        "Observation": "date",
        "MedicationRequest": "authoredon",
        "Encounter": "date",
        "Immunization": "date",
    }
    assert care_date("Patient") is None


def test_the_operation_is_declared(ada: Caller) -> None:
    rows = (ada.client.get("/fhir/metadata").json or {})["rest"][0]["resource"]
    patient = next(row for row in rows if row["type"] == "Patient")
    assert [one["name"] for one in patient["operation"]] == ["everything"]
