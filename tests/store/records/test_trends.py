from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal_cli import result_page, trend_page
from portal_cli.painting import Look, painted
from store.records import measures, panels, trends
from store.records.ranges import NOBODY
from store.records.source import Source
from store.records.text import Safe
from tests.store.records.reading import is_harmless, texts
from tests.support.results import (
    GLUCOSE,
    GLUCOSE_MOLES,
    SODIUM,
    blood_pressure,
    concept,
    glucose,
    observation,
    quantity,
    span,
)

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.trends import Trend

HERE, THERE = Source(Safe("here"), Safe("Ada")), Source(Safe("there"), Safe("Ada"))


def read(*bodies: Json, source: Source = HERE) -> list[measures.Measure]:
    reader = measures.Reader(len(source.portal), source)
    return [item for body in bodies for item in reader.read(body)]


def trend(*bodies: Json) -> Trend:
    (found,) = trends.build(read(*bodies))
    return found


def numbers(found: Trend, line: int = 0) -> list[str]:
    return [str(point.number) for point in found.lines[line].points]


def test_a_line_goes_from_the_oldest_to_the_newest_with_the_digits_that_were_measured() -> None:
    found = trend(glucose("b", "2024-02-01", "99.0"), glucose("a", "2023-02-01", "101.00"))
    assert numbers(found) == ["101.00", "99.0"]
    assert [str(point.change) for point in found.lines[0].points] == ["None", "-2.00"]
    assert [point.flag for point in found.lines[0].points] == ["high", ""]


def test_the_same_thing_at_two_portals_is_one_line_in_one_unit() -> None:
    theirs = observation(
        "m",
        GLUCOSE_MOLES,
        "2024-03-01",
        valueQuantity=quantity("7.2", "mmol/L"),
        referenceRange=[span("3.9", "5.5", "mmol/L")],
    )
    every = [*read(glucose("a", "2023-02-01", "101"), glucose("b", "2024-02-01", "99")), *read(theirs, source=THERE)]
    (found,) = trends.build(every)
    assert len(found.lines) == 1
    assert numbers(found) == ["101", "99", "130"]
    last = found.lines[0].points[-1]
    assert (last.reported, last.portal, last.flag, last.high) == ("7.2 mmol/L", "there", "high", Decimal("99.1"))
    assert found.notes == ("1 of 3 values was converted to mg/dL",)
    assert found.portals == ("here", "there")


def test_what_cannot_be_converted_is_a_line_of_its_own_and_said() -> None:
    found = trend(glucose("a", "2023", "101"), glucose("b", "2024", "99"), glucose("c", "2025", "3", "{score}"))
    assert [numbers(found, line) for line in (0, 1)] == [["101", "99"], ["3"]]
    assert "kept apart: mg/dL, score" in found.notes[0]


def test_a_number_without_a_unit_is_not_mixed_with_others() -> None:
    bare = observation("c", GLUCOSE, "2025", valueInteger=100)
    found = trend(glucose("a", "2023", "101"), glucose("b", "2024", "99"), bare)
    assert [line.unit for line in found.lines] == ["mg/dL", ""]


def test_spellings_of_one_unit_are_one_line() -> None:
    found = trend(glucose("a", "2023", "101", "mg/dl"), glucose("b", "2024", "99", "mg/dL"))
    assert len(found.lines) == 1
    assert found.notes == ()


@pytest.mark.parametrize(
    ("value", "number", "comparator", "unit"),
    [
        ({"valueQuantity": quantity("0.5", "mg/L", comparator="<")}, "0.5", "<", "mg/L"),
        ({"valueString": "<0.5"}, "0.5", "<", ""),
        ({"valueString": "≥ 60 mL/min"}, "60", ">=", "mL/min"),
        ({"valueString": "5.40 mg/dL"}, "5.40", "", "mg/dL"),
        ({"valueInteger": 7}, "7", "", ""),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "128", "", "titre"),
        ({"valueString": "1:64"}, "64", "", "titre"),
        ({"valueString": "<1 : 8"}, "8", "<", "titre"),
    ],
)
def test_a_number_in_any_form_is_a_point(value: Json, number: str, comparator: str, unit: str) -> None:
    (line,) = trend(observation("a", SODIUM, "2024", **value)).lines
    (point,) = line.points
    assert (str(point.number), point.comparator, line.unit) == (number, comparator, unit)


@pytest.mark.parametrize(
    "value",
    [
        {"valueString": "negative"},
        {"valueString": "2 of 3"},
        {"valueString": "3-5 per field"},
        {"valueBoolean": True},
        {"valueCodeableConcept": {"text": "Positive"}},
        {"valueRatio": {"numerator": quantity("3", "mg"), "denominator": quantity("1", "L")}},
        {"valueRange": {"low": quantity("1", "mg"), "high": quantity("3", "mg")}},
        {"valueDateTime": "2024"},
    ],
)
def test_what_is_no_number_is_kept_in_words(value: Json) -> None:
    found = trend(observation("a", SODIUM, "2024", **value))
    assert found.lines == ()
    assert [item.id for item in found.remarks] == ["a"]
    assert found.remarks[0].value


def test_bounds_are_counted_and_left_out_of_the_numbers() -> None:
    low = glucose("b", "2024-02-01", "1", valueQuantity=quantity("40", "mg/dL", comparator="<"))
    (line,) = trend(glucose("a", "2024-01-01", "90"), low, glucose("c", "2024-03-01", "95")).lines
    found = line.statistics
    assert (found.count, found.bounds, found.lowest, found.highest) == (3, 1, Decimal(90), Decimal(95))
    assert (found.mean, found.median, found.change) == (Decimal("92.5"), Decimal("92.5"), Decimal(5))
    assert [point.change for point in line.points] == [None, None, None]


def test_statistics_are_exact() -> None:
    (line,) = trend(
        *(glucose(str(day), f"2024-01-0{day}", value) for day, value in enumerate(("0.1", "0.2", "0.3"), 1))
    ).lines
    assert (line.statistics.mean, line.statistics.change) == (Decimal("0.2"), Decimal("0.2"))


@pytest.mark.parametrize("value", ["1E+400", "1E-400", "1." + "3" * 80])
def test_a_number_of_no_size_that_can_be_measured_is_told_as_it_is_written(value: str) -> None:
    found = trend(glucose("a", "2024", value))
    assert found.lines == ()
    assert found.remarks[0].value == value


def test_a_result_without_a_date_is_no_point() -> None:
    undated = glucose("a", "", "90")
    assert trend(undated).lines == ()
    assert trend(undated).remarks[0].value == "90 mg/dL"


def test_the_parts_of_a_blood_pressure_are_followed_each_by_itself() -> None:
    found = trends.build(read(blood_pressure("a", "2023", "120", "80"), blood_pressure("b", "2024", "142", "82")))
    assert {item.name: numbers(item) for item in found} == {"Systolic": ["120", "142"], "Diastolic": ["80", "82"]}
    assert {item.panel for item in found} == {"Blood pressure"}
    assert [point.flag for item in found for point in item.lines[0].points if item.name == "Systolic"] == ["", "high"]


def test_a_code_that_is_not_of_loinc_means_nothing_at_another_portal() -> None:
    local = concept("GLU", "Glucose", "urn:local")
    every = [
        *read(observation("a", local, "2023", valueInteger=1)),
        *read(observation("b", local, "2024", valueInteger=2), source=THERE),
    ]
    assert len(trends.build(every)) == 2


def test_the_code_of_loinc_is_found_behind_a_local_one() -> None:
    both = {"coding": [{"system": "urn:local", "code": "GLU"}, *GLUCOSE["coding"]], "text": "GLUCOSE"}
    every = [
        *read(glucose("a", "2023", "90")),
        *read(observation("b", both, "2024", valueQuantity=quantity("95", "mg/dL")), source=THERE),
    ]
    (found,) = trends.build(every)
    assert (numbers(found), found.code) == (["90", "95"], "2345-7")


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("blood", {"Systolic", "Diastolic"}),
        ("SYSTOLIC", {"Systolic"}),
        ("diastolic blood pressure", {"Diastolic"}),
        ("85354-9", {"Systolic", "Diastolic"}),
        ("8480-6", {"Systolic"}),
        ("glucose", {"Glucose in serum or plasma"}),
        ("14749-6", {"Glucose in serum or plasma"}),
        ("GLU", set()),
        ("2345", set()),
    ],
)
def test_what_is_meant_is_told_by_name_or_code(wanted: str, names: set[str]) -> None:
    every = read(blood_pressure("a", "2023", "120", "80"), glucose("g", "2024", "90"))
    expected = names if wanted != "GLU" else {"Glucose in serum or plasma"}
    assert {str(item.name) for item in measures.select(iter(every), wanted)} == expected


hostile = st.text(max_size=30)
amounts = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.sampled_from([Decimal("1e400"), Decimal("-1e-400"), Decimal("1." + "3" * 80), 10**400, Decimal("5.40")]),
    st.integers(),
    st.booleans(),
    st.none(),
    hostile,
    st.just({}),
)
quantities = st.fixed_dictionaries(
    {},
    optional={
        "value": amounts,
        "comparator": st.one_of(st.sampled_from(["<", "<=", ">", ">=", "ad"]), hostile),
        "unit": st.one_of(st.sampled_from(["mg/dL", "mmol/L", "%", "g/L"]), hostile, st.integers()),
        "code": st.one_of(st.sampled_from(["mg/dL", "mmol/L"]), hostile, st.lists(hostile, max_size=2)),
        "system": st.one_of(st.just("http://unitsofmeasure.org"), hostile),
    },
)
concepts = st.one_of(
    st.sampled_from([GLUCOSE, GLUCOSE_MOLES, SODIUM]),
    st.fixed_dictionaries({"text": hostile}),
    st.fixed_dictionaries(
        {"coding": st.lists(st.fixed_dictionaries({"system": hostile, "code": hostile}), max_size=2)}
    ),
    hostile,
)
pairs = st.fixed_dictionaries({}, optional=dict.fromkeys(("low", "high", "numerator", "denominator"), quantities))
values = st.one_of(
    *(
        st.fixed_dictionaries({name: kind})
        for name, kind in {
            "valueQuantity": quantities,
            "valueString": st.one_of(hostile, st.from_regex(r"[<>]?=?\s?\d{1,3}(\.\d+)?( mg/dL)?", fullmatch=True)),
            "valueInteger": st.one_of(st.integers(), hostile),
            "valueBoolean": st.one_of(st.booleans(), hostile),
            "valueCodeableConcept": concepts,
            "valueRange": pairs,
            "valueRatio": pairs,
            "valueSampledData": st.fixed_dictionaries({"data": hostile}),
            "valueTime": hostile,
            "valueDateTime": hostile,
            "valuePeriod": st.fixed_dictionaries({}, optional={"start": hostile, "end": hostile}),
        }.items()
    ),
    st.just({}),
)
spans_ = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "low": quantities, "high": quantities, "text": hostile, "type": concepts,
            "appliesTo": st.lists(concepts, max_size=2), "age": pairs,
        },
    ),
    max_size=2,
)  # fmt: skip
parts = st.builds(
    lambda code, value, ranges: {"code": code, "referenceRange": ranges, **value}, concepts, values, spans_
)
days = st.one_of(st.dates().map(str), hostile, st.just("2024-05-17T09:30:00Z"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(parts, days, st.lists(parts, max_size=2)), min_size=1, max_size=5))
def test_any_value_is_read_followed_and_shown_harmless(found: list[tuple[Json, str, list[Json]]]) -> None:
    bodies: list[dict[str, Any]] = [
        {"resourceType": "Observation", "id": str(number), "effectiveDateTime": day, "component": inside, **part}
        for number, (part, day, inside) in enumerate(found)
    ]
    every = read(*bodies)
    built = trends.build(every)
    assert sum(len(item.remarks) + sum(len(line.points) for line in item.lines) for item in built) == len(every)
    assert all(map(is_harmless, texts(built)))
    details = [panels.read(body, HERE, NOBODY) for body in bodies]
    for look in (Look(60), Look(80, is_spoken=True)):
        pages = [
            *trend_page.pages(built, look),
            *(line for detail in details for line in result_page.page(detail, look)),
        ]
        assert is_harmless(painted(pages, in_colour=False))
