from __future__ import annotations

import base64
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from store.records import details

if TYPE_CHECKING:
    from store.records.elements import Json


def lines(resource: Json) -> list[tuple[str, str, int]]:
    return [(fact.label, fact.value, fact.depth) for fact in details.read(resource).facts]


def value_of(element: Any) -> str:
    return details.in_words(element)


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (True, "yes"),
        (False, "no"),
        (3, "3"),
        (Decimal("1.50"), "1.50"),
        ("two\nlines", "two lines"),
        ("2024-05", "2024-05"),
        ({"text": "Asthma"}, "Asthma"),
        ({"coding": [{"display": "Asthma"}]}, "Asthma"),
        ({"system": "s", "code": "AMB", "display": "ambulatory"}, "ambulatory"),
        ({"system": "s", "code": "AMB"}, "ambulatory"),
        ({"system": "s", "code": "XYZ"}, "XYZ"),
        ({"low": {"value": 1, "unit": "d"}, "high": {"value": 2, "unit": "d"}}, "1 d to 2 d"),
        ({"low": {"value": 1}}, "at least 1"),
        ({"high": {"value": 2}}, "at most 2"),
        ({"numerator": {"value": 1, "unit": "mg"}, "denominator": {"value": 2, "unit": "mL"}}, "1 mg per 2 mL"),
        ({"value": Decimal("9.50"), "currency": "USD"}, "9.50 USD"),
        ({"value": Decimal("1.0"), "unit": "mg"}, "1.0 mg"),
        ({"reference": "Patient/1", "display": "Ada"}, "Ada"),
        ({"start": "2024", "end": "2025"}, "2024 to 2025"),
        ({"start": "2024-05", "end": "2024-05"}, "2024-05"),
        ({"start": "2024"}, "from 2024"),
        ({"end": "2025"}, "until 2025"),
        ({"system": "phone", "value": "555", "use": "home"}, "555 (home)"),
        ({"system": "phone", "value": "555"}, "555"),
        ({"type": {"text": "MRN"}, "value": "7"}, "7 (MRN)"),
        ({"use": "home", "value": 5, "rank": 1}, ""),
        ({"family": "Byron", "given": ["Ada"], "use": "official"}, "Ada Byron"),
        ({"line": ["1 High St"], "city": "Ely", "state": "Cambs", "postalCode": "CB7"}, "1 High St, Ely, Cambs, CB7"),
        ({"text": "1 High St, Ely", "city": "Ely"}, "1 High St, Ely"),
        ({"line": "rubbish", "city": "Ely"}, "Ely"),
        ({"numerator": {"value": 1}}, ""),
        ({"extension": [{"url": "x"}]}, ""),
        ({}, ""),
        (None, ""),
        ([], ""),
        (1.5, ""),
    ],
)
def test_a_data_type_is_told_on_one_line(element: Any, words: str) -> None:
    assert value_of(element) == words


def test_a_time_is_told_as_it_is_here() -> None:
    assert value_of("2024-05-17T09:30:00Z").startswith("2024-05-1")
    assert "T" not in value_of("2024-05-17T09:30:00Z")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("effectiveDateTime", "Effective"),
        ("valueCodeableConcept", "Value"),
        ("numberOfRepeatsAllowed", "Number of repeats allowed"),
        ("status", "Status"),
        ("evil\x1b[31m", "Evil␛[31m"),
        ("", ""),
    ],
)
def test_an_element_name_becomes_words(name: str, label: str) -> None:
    assert details.label(name) == label


def test_structures_are_nested_under_their_label_and_lists_repeat_it() -> None:
    assert lines(
        {
            "resourceType": "Basic",
            "id": "1",
            "meta": {"versionId": "1"},
            "status": "active",
            "note": [{"text": "a"}, {"text": "b", "time": "2024"}],
            "activity": [{"detail": {"status": "done", "performer": [{"display": "Dr. Byron"}]}}, {}],
            "_status": {"extension": []},
            "extension": [{"url": "x", "valueString": "y"}],
        }
    ) == [
        ("Status", "active", 0),
        ("Note", "a", 0),
        ("Note", "", 0),
        ("Text", "b", 1),
        ("Time", "2024", 1),
        ("Activity", "", 0),
        ("Detail", "", 1),
        ("Status", "done", 2),
        ("Performer", "Dr. Byron", 2),
    ]


def test_a_dosage_keeps_its_words_beside_its_numbers() -> None:
    assert lines({"dosageInstruction": [{"sequence": 1, "text": "One at night"}]}) == [
        ("Dosage instruction", "", 0),
        ("Sequence", "1", 1),
        ("Text", "One at night", 1),
    ]


def test_the_narrative_of_a_resource_inside_is_left_out() -> None:
    entry = {"resource": {"id": "2", "text": {"status": "generated", "div": "<div>x</div>"}, "status": "final"}}
    assert lines({"resourceType": "Bundle", "entry": [entry]}) == [
        ("Entry", "", 0),
        ("Resource", "", 1),
        ("Status", "final", 2),
    ]


def test_an_element_with_nothing_but_an_extension_is_left_out() -> None:
    assert lines({"onsetPeriod": {"extension": [{"url": "data-absent-reason"}]}, "status": "active"}) == [
        ("Status", "active", 0)
    ]


def test_a_record_without_end_is_cut_and_says_so() -> None:
    facts = details.read({"item": [{"text": str(number)} for number in range(5_000)]}).facts
    assert len(facts) < 2_100
    assert facts[-1].label == "More"


def test_what_is_nested_without_end_is_cut() -> None:
    deep: Json = {"b": "bottom"}
    for _ in range(500):
        deep = {"a": deep, "b": "here"}
    assert 1 < len(details.read(deep).facts) < 100


def test_the_running_text_of_a_report_is_what_came_inside_it() -> None:
    text = base64.b64encode(b"Clear\x1b[2J").decode()
    found = details.read({"presentedForm": [{"contentType": "text/plain", "data": text}], "code": {"text": "CT"}})
    assert found.text == "Clear␛[2J"


def test_a_narrative_is_told_only_where_there_is_nothing_else() -> None:
    narrative = {"div": "<div><b>Allergic</b> to &lt;nuts&gt; &#x202e;</div>"}
    assert details.read({"resourceType": "Basic", "text": narrative}).text == "Allergic  to <nuts> \ufffd"
    assert details.read({"resourceType": "Basic", "text": narrative, "code": {"text": "x"}}).text == ""
    assert details.read({"resourceType": "Basic", "text": {"div": "a" * (2 << 20)}}).text == ""
    assert details.read({"resourceType": "Basic", "text": {"div": 5}}).text == ""
