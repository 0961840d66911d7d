from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from store.records import elements

if TYPE_CHECKING:
    from store.records.elements import Json


def test_one_object_or_a_list_of_them_reads_as_a_list() -> None:
    assert elements.objects({"a": 1}) == [{"a": 1}]
    assert elements.objects([{"a": 1}, "b", None, {"c": 2}]) == [{"a": 1}, {"c": 2}]
    assert elements.objects("a") == []


def test_the_first_of_nothing_is_empty() -> None:
    assert elements.first([]) == {}
    assert elements.first([{"a": 1}, {"b": 2}]) == {"a": 1}


def test_text_is_one_line_and_long_text_keeps_its_lines() -> None:
    assert elements.text(" a\n b ") == "a b"
    assert elements.long_text("a\n b") == "a\n b"
    assert elements.text(5) == elements.long_text(None) == ""


@pytest.mark.parametrize(
    ("concept", "words"),
    [
        ({"text": "Sodium", "coding": [{"display": "Na"}]}, "Sodium"),
        ({"coding": [{"code": "1"}, {"display": "Sodium"}]}, "Sodium"),
        ({"coding": [{"code": "2951-2"}]}, "2951-2"),
        ([{"coding": []}, {"text": "second"}], "second"),
        ({"coding": "rubbish"}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_a_concept_is_its_text_else_a_display_else_a_code(concept: object, words: str) -> None:
    assert elements.concept(concept) == words


def test_codes_are_all_bare_codes_and_code_is_the_first() -> None:
    both = [{"coding": [{"display": "x"}, {"code": "a"}]}, {"coding": {"code": "b"}}, {"coding": [{"code": 5}]}]
    assert elements.codes(both) == {"a", "b"}
    assert elements.code(both) == "a"
    assert elements.code({}) == ""


def test_a_concept_with_endless_codings_is_read_only_so_far() -> None:
    assert len(list(elements.codings({"coding": [{"code": str(number)} for number in range(10_000)]}))) < 100


@pytest.mark.parametrize(
    ("reference", "literal", "words"),
    [
        ({"reference": "Patient/1", "display": "Ada"}, "Patient/1", "Ada"),
        ({"reference": "Patient/1", "identifier": {"value": "MRN 7"}}, "Patient/1", "MRN 7"),
        ({"reference": "Patient/1"}, "Patient/1", "Patient/1"),
        ([{"reference": "#med"}], "#med", "#med"),
        ({"reference": 7}, "", ""),
        ("Patient/1", "", ""),
    ],
)
def test_a_reference_in_words_is_its_display_else_identifier_else_target(
    reference: object, literal: str, words: str
) -> None:
    assert elements.reference(reference) == literal
    assert elements.reference_words(reference) == words


def test_a_number_keeps_its_precision_and_a_boolean_is_none() -> None:
    assert str(elements.number(Decimal("1.00"))) == "1.00"
    assert elements.number(3) == Decimal(3)
    assert elements.number(True) is None  # noqa: FBT003 - a JSON value
    assert elements.number("3") is None


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ({"value": Decimal("1.00"), "unit": "mg", "code": "x"}, "1.00 mg"),
        ({"value": 5, "code": "mg"}, "5 mg"),
        ({"value": 5, "comparator": "<"}, "<5"),
        ({"unit": "mg"}, ""),
        ({"value": "5"}, ""),
        (None, ""),
    ],
)
def test_a_quantity_is_comparator_value_and_unit(quantity: object, words: str) -> None:
    assert elements.quantity(quantity) == words


@pytest.mark.parametrize(
    ("amount", "written"),
    [("1E+2", "100"), ("0.0000001", "0.0000001"), ("1E-9", "0.000000001"), ("1E+400", "1E+400"), ("1E-300", "1E-300")],
)
def test_a_decimal_has_no_exponent_unless_it_would_fill_the_line(amount: str, written: str) -> None:
    assert elements.plain(Decimal(amount)) == written


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ({"text": "Dr. Ada Byron", "family": "x"}, "Dr. Ada Byron"),
        ({"prefix": ["Dr."], "given": ["Ada", "King"], "family": "Byron", "suffix": ["MD"]}, "Dr. Ada King Byron MD"),
        ([{"use": "old", "text": "A"}, {"use": "official", "text": "B"}, {"use": "usual", "text": "C"}], "C"),
        ([{"use": "old", "text": "A"}, {"use": "official", "text": "B"}], "B"),
        ([{"use": "nickname", "given": "Ada"}], "Ada"),
        ({"given": [5, None], "family": {}}, ""),
        ([], ""),
        ("Ada", ""),
    ],
)
def test_a_name_is_the_usual_one_else_the_official_one_else_the_first(name: object, line: str) -> None:
    assert elements.human_name(name) == line


def test_a_contained_resource_is_found_by_its_fragment() -> None:
    resource: Json = {"contained": [{"id": "a"}, {"id": "b", "code": 1}]}
    assert elements.contained(resource, "#b") == {"id": "b", "code": 1}
    assert elements.contained(resource, "#c") == {}
    assert elements.contained({}, "#a") == {}


def test_a_period_reads_its_ends_apart() -> None:
    start, end = elements.period({"start": "2024"})
    assert start
    assert start.text == "2024"
    assert end is None


@pytest.mark.parametrize(
    ("literal", "target"),
    [
        ("Patient/1", ("Patient", "1")),
        ("https://portal.example/fhir/Patient/1", ("Patient", "1")),
        ("Patient/1/_history/2", ("Patient", "1")),
        ("#med", ("", "#med")),
        ("urn:uuid:1", ("", "urn:uuid:1")),
        ("", ("", "")),
    ],
)
def test_a_reference_ends_in_a_type_and_an_id(literal: str, target: tuple[str, str]) -> None:
    assert elements.target(literal) == target
