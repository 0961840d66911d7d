from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from store.records import labs, ranges
from store.records.dates import parse
from tests.support.results import SODIUM, observation, quantity, span

if TYPE_CHECKING:
    from store.records.elements import Json

FEMALE = {"coding": [{"system": "http://snomed.info/sct", "code": "248152002", "display": "Female"}]}
MALE = {"text": "Male"}
TREATMENT = {"coding": [{"code": "therapeutic", "display": "Therapeutic Desired Level"}]}
NORMAL = {"coding": [{"code": "normal", "display": "Normal Range"}]}


def with_ranges(*found: Json, value: str = "13", **parts: Any) -> Json:
    return observation(
        "1", SODIUM, "2024-05-17", valueQuantity=quantity(value, "g/dL"), referenceRange=list(found), **parts
    )


def born(day: str, sex: str = "") -> ranges.Person:
    date = parse(day)
    return ranges.Person(date.epoch if date else None, sex)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (span("12.0", "16", "g/dL"), "12.0 - 16"),
        (span("12", None, "g/dL"), "≥ 12"),
        (span(None, "16", "g/dL"), "≤ 16"),
        (span("12", "16", "g/L"), "12 - 16 g/L"),
        ({"text": "negative"}, "negative"),
        (span("12", "16", "g/dL", text="about 14"), "about 14"),
        (span("12", "16", "g/dL", type=NORMAL), "12 - 16"),
        (span("12", "16", "g/dL", type=TREATMENT), "Therapeutic Desired Level: 12 - 16"),
        (span("12", "16", "g/dL", appliesTo=[FEMALE]), "Female: 12 - 16"),
        (span("12", "16", "g/dL", age={"low": quantity("18", "a")}), "age from 18 a: 12 - 16"),
        (span("12", "16", "g/dL", age={"high": quantity("18", "a")}), "age up to 18 a: 12 - 16"),
        (
            span("1", "2", "g/dL", age={"low": quantity("1", "mo"), "high": quantity("2", "a")}),
            "age 1 mo to 2 a: 1 - 2",
        ),
        ({"low": quantity("1", "g/dL"), "high": quantity("2", "g/L")}, ""),
        ({}, ""),
    ],
)
def test_a_range_of_every_form_is_told_in_words(item: Json, words: str) -> None:
    assert labs.read(with_ranges(item)).range == words


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("135 - 145", "135", "145"),
        ("135-145 g/dL", "135", "145"),
        ("(3.5 \u2013 5.0)", "3.5", "5.0"),
        ("12 to 16 g/dL", "12", "16"),
        ("<5.7", None, "5.7"),
        ("≤ 5.7 g/dL", None, "5.7"),
        (">= 40", "40", None),
        ("see report", None, None),
        ("145 - 135", None, None),
        ("1-2-3", None, None),
    ],
)
def test_a_plain_text_tells_its_bounds(text: str, low: str | None, high: str | None) -> None:
    (found,) = ranges.read(with_ranges({"text": text}))
    assert (found.low, found.high) == tuple(None if bound is None else Decimal(bound) for bound in (low, high))


def test_bounds_in_the_text_of_another_unit_flag_nothing() -> None:
    assert labs.read(with_ranges({"text": "120 - 160 g/L"})).flag == ""
    assert labs.read(with_ranges({"text": "14 - 16 g/dL"})).flag == "low"


WOMEN, MEN = span("12", "16", "g/dL", appliesTo=[FEMALE]), span("14", "18", "g/dL", appliesTo=[MALE])


@pytest.mark.parametrize(
    ("person", "flag"), [(born("1980", "female"), ""), (born("1980", "male"), "low"), (ranges.NOBODY, "")]
)
def test_of_ranges_for_men_and_women_the_one_of_this_person_holds(person: ranges.Person, flag: str) -> None:
    assert labs.read(with_ranges(WOMEN, MEN), person=person).flag == flag


@pytest.mark.parametrize(("day", "flag"), [("2020-01-01", "high"), ("1980-01-01", ""), ("", "")])
def test_of_ranges_by_age_the_one_at_that_time_holds(day: str, flag: str) -> None:
    child = span("10", "12", "g/dL", age={"low": quantity("1", "a"), "high": quantity("12", "a")})
    grown = span("12", "16", "g/dL", age={"low": quantity("13", "a")})
    assert labs.read(with_ranges(child, grown), person=born(day)).flag == flag


def test_the_range_of_a_treatment_beside_the_usual_one_flags_nothing() -> None:
    assert labs.read(with_ranges(span("12", "16", "g/dL"), span("20", "30", "g/dL", type=TREATMENT))).flag == ""


def test_a_component_has_its_own_range_and_flag() -> None:
    body = observation(
        "1",
        SODIUM,
        "2024",
        component=[
            {"code": SODIUM, "valueQuantity": quantity("9", "g/dL"), "referenceRange": [span("12", "16", "g/dL")]}
        ],
    )
    (part,) = labs.read(body).components
    assert (part.range, part.flag) == ("12 - 16", "low")
    assert labs.read(body).flag == "low"
