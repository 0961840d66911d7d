from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from store.records import labs

if TYPE_CHECKING:
    from store.records.elements import Json


def observation(**parts: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": "1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2951-2"}], "text": "Sodium"},
        **parts,
    }


def quantity(value: str, unit: str | None = None, **parts: str) -> Json:
    return {"value": Decimal(value), **({"unit": unit} if unit else {}), **parts}


def in_range(value: str, *ranges: Json, **parts: Any) -> labs.LabResult:
    return labs.read(observation(valueQuantity=quantity(value, "mmol/L"), referenceRange=list(ranges), **parts))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueQuantity": {"value": Decimal("5.10")}}, "5.10"),
        ({"valueQuantity": {"value": 5, "comparator": "<"}}, "<5"),
        ({"valueQuantity": {"unit": "mg"}}, ""),
        ({"valueQuantity": {"value": "5"}}, ""),
        ({"valueInteger": 0}, "0"),
        ({"valueBoolean": True}, "yes"),
        ({"valueBoolean": False}, "no"),
        ({"valueString": "clear\x1b[31m"}, "clear␛[31m"),
        ({"valueDateTime": "2024-05"}, "2024-05"),
        ({"valueTime": "09:30:00"}, "09:30:00"),
        ({"valueCodeableConcept": {"text": "Positive"}}, "Positive"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1 : 128"),
        ({"valueRange": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 3, "unit": "mg"}}}, "1 mg - 3 mg"),
        ({"valuePeriod": {"start": "2024", "end": "2025"}}, "2024 to 2025"),
        ({"valuePeriod": {"start": "2024"}}, "2024 to …"),
        ({"valuePeriod": {"end": "2024"}}, "… to 2024"),
        ({"valueSampledData": {"data": "1 2 3"}}, "a recorded waveform"),
        ({}, ""),
    ],
)
def test_a_value_of_any_type_is_shown_in_words(value: Json, words: str) -> None:
    assert labs.read(observation(**value)).value == words


def test_a_number_keeps_the_precision_of_the_laboratory() -> None:
    result = labs.read(observation(valueQuantity=quantity("1.00", "mg/dL")))
    assert str(result.number) == "1.00"
    assert (result.value, result.unit) == ("1.00", "mg/dL")


def test_a_unit_without_a_name_is_its_code() -> None:
    assert labs.read(observation(valueQuantity=quantity("1", code="mg/dL"))).unit == "mg/dL"


def test_what_was_not_measured_says_why() -> None:
    result = labs.read(observation(dataAbsentReason={"coding": [{"code": "unknown", "display": "Unknown"}]}))
    assert result.value == "no value (unknown)"


def blood_pressure(systolic: Json, diastolic: Json) -> Json:
    return observation(
        component=[
            {"code": {"coding": [{"code": "8462-4"}], "text": "Diastolic"}, **diastolic},
            {"code": {"coding": [{"code": "8480-6"}], "text": "Systolic"}, **systolic},
        ]
    )


def test_a_blood_pressure_is_one_value() -> None:
    result = labs.read(
        blood_pressure({"valueQuantity": quantity("120", "mmHg")}, {"valueQuantity": quantity("80", "mmHg")})
    )
    assert (result.value, result.unit, result.number) == ("120/80", "mmHg", None)
    assert [(part.name, part.code, part.number) for part in result.components] == [
        ("Diastolic", "8462-4", Decimal(80)),
        ("Systolic", "8480-6", Decimal(120)),
    ]


def test_half_a_blood_pressure_is_told_by_its_parts() -> None:
    result = labs.read(
        blood_pressure({"valueQuantity": quantity("120", "mmHg")}, {"dataAbsentReason": {"text": "Error"}})
    )
    assert result.value == "Diastolic: no value (error); Systolic: 120 mmHg"
    assert result.unit == ""


def test_components_without_values_leave_the_reason_of_the_whole() -> None:
    result = labs.read(observation(component=[{"code": {"text": "A"}}], dataAbsentReason={"text": "Masked"}))
    assert result.value == "no value (masked)"


def test_a_value_of_its_own_comes_before_the_components() -> None:
    result = labs.read(observation(valueString="9 of 10", component=[{"code": {"text": "A"}, "valueInteger": 2}]))
    assert result.value == "9 of 10"
    assert result.components[0].value == "2"


LOW_TO_HIGH = {"low": quantity("135", "mmol/L"), "high": quantity("145", "mmol/L")}


@pytest.mark.parametrize(
    ("value", "flag"), [("134.9", "low"), ("135", ""), ("140", ""), ("145", ""), ("145.1", "high")]
)
def test_a_range_tells_where_the_laboratory_does_not(value: str, flag: str) -> None:
    assert in_range(value, LOW_TO_HIGH).flag == flag


@pytest.mark.parametrize(
    ("interpretation", "flag"),
    [
        ({"coding": [{"code": "HH"}]}, "critically high"),
        ({"coding": [{"code": "N"}]}, "normal"),
        ([{"coding": [{"code": "strange"}]}, {"coding": [{"code": "L"}]}], "low"),
        ({"text": "Above Limit"}, "above limit"),
        ({"coding": [{"code": "E", "display": "Equivocal"}]}, "equivocal"),
    ],
)
def test_the_word_of_the_laboratory_stands_above_the_range(interpretation: object, flag: str) -> None:
    assert in_range("500", LOW_TO_HIGH, interpretation=interpretation).flag == flag


def test_several_ranges_tell_nothing_of_a_value() -> None:
    result = in_range("500", LOW_TO_HIGH, {"high": quantity("600", "mmol/L")})
    assert (result.flag, result.range) == ("", "135 - 145; ≤ 600")


@pytest.mark.parametrize(("unit", "words"), [("mg/dL", "1 - 2 mg/dL"), ({}, ""), ([], ""), (5, "")])
def test_a_range_in_another_unit_is_not_compared(unit: object, words: str) -> None:
    result = in_range("500", {"low": {"value": 1, "unit": unit}, "high": {"value": 2, "unit": unit}})
    assert (result.flag, result.range) == ("", words)


def test_a_value_with_a_comparator_is_not_compared() -> None:
    found = labs.read(observation(valueQuantity=quantity("5", "mmol/L", comparator="<"), referenceRange=[LOW_TO_HIGH]))
    assert found.flag == ""


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (LOW_TO_HIGH, "135 - 145"),
        ({"low": quantity("1.50")}, "≥ 1.50"),
        ({"high": quantity("7")}, "≤ 7"),
        ({"text": "not above 7", "high": quantity("7")}, "not above 7"),
        ({"low": {"value": "x"}}, ""),
        ({}, ""),
    ],
)
def test_a_range_in_words(span: Json, words: str) -> None:
    assert in_range("5", span).range == words


def test_a_whole_number_is_compared_too() -> None:
    assert labs.read(observation(valueInteger=9, referenceRange=[{"high": {"value": 7}}])).flag == "high"


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("laboratory", "lab"),
        ("LAB", "lab"),
        ("vital-signs", "vital"),
        ("social-history", "observation"),
        (None, "observation"),
    ],
)
def test_the_category_decides_where_it_is_listed(category: str | None, kind: str) -> None:
    found = observation(category=[{"coding": [{"code": category}]}])
    assert labs.kind(found) == labs.read_envelope(found).kind == kind


@pytest.mark.parametrize(
    "when",
    [
        {"effectiveDateTime": "2024-05-17", "issued": "2025"},
        {"effectiveInstant": "2024-05-17"},
        {"effectivePeriod": {"start": "2024-05-17", "end": "2024-05-18"}},
        {"issued": "2024-05-17"},
    ],
)
def test_the_time_of_the_sample_comes_before_the_time_of_the_report(when: Json) -> None:
    found = labs.read(observation(**when)).date
    assert found
    assert found.text == "2024-05-17"


def test_the_columns_say_what_the_result_says() -> None:
    shown = labs.read_envelope(observation(valueQuantity=quantity("150", "mmol/L"), referenceRange=[LOW_TO_HIGH]))
    assert (shown.title, shown.code, shown.value, shown.unit, shown.flag, shown.status, shown.date) == (
        "Sodium",
        "2951-2",
        "150",
        "mmol/L",
        "high",
        "final",
        None,
    )


def test_a_result_in_parts_bears_the_flag_of_its_gravest_part() -> None:
    def part(code: str, value: str, letter: str) -> Json:
        return {
            "code": {"coding": [{"code": code}]},
            "valueQuantity": quantity(value, "mmHg"),
            "interpretation": [{"coding": [{"code": letter}]}],
        }

    found = labs.read(observation(component=[part("8480-6", "182", "HH"), part("8462-4", "92", "H")]))
    assert (found.value, found.flag) == ("182/92", "critically high")
    assert labs.read(observation(component=[part("8480-6", "118", "N"), part("8462-4", "92", "H")])).flag == "high"
    assert labs.read(observation(component=[{"code": {"text": "x"}}])).flag == ""
