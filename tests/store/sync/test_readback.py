from __future__ import annotations

from typing import Any

import pytest

from store.records.lossless import decode
from store.sync.readback import altered, words

SENT: dict[str, Any] = {
    "resourceType": "Task",
    "status": "requested",
    "focus": {"reference": "MedicationRequest/m1", "display": "Lisinopril"},
    "authoredOn": "2026-11-23T15:04:05Z",
    "note": [{"text": "a"}, {"text": "b"}],
    "input": [{"valueQuantity": {"value": 4}}],
}


def test_what_the_portal_adds_or_moves_on_by_itself_is_no_alteration() -> None:
    stored = {
        **SENT,
        "id": "t1",
        "meta": {"versionId": "1"},
        "status": "received",
        "businessStatus": {"text": "in the queue"},
        "note": [{"text": "theirs"}, {"text": "b", "time": "2026-01-01"}, {"text": "a"}],
    }
    assert altered(SENT, stored) == ()


def test_a_reference_in_full_and_an_instant_in_another_zone_mean_the_same() -> None:
    stored = {
        **SENT,
        "focus": {"reference": "https://portal.example/fhir/MedicationRequest/m1", "display": "Lisinopril"},
        "authoredOn": "2026-11-23T16:04:05.000+01:00",
    }
    assert altered(SENT, stored) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("focus", {"reference": "MedicationRequest/m2", "display": "Lisinopril"}),
        ("focus", "MedicationRequest/m1"),
        ("authoredOn", "2026-11-23T15:04:06Z"),
        ("note", [{"text": "a"}]),
        ("note", [{"text": "a"}, {"text": "a"}]),
        ("note", {"text": "a"}),
        ("note", None),
        ("input", [{"valueQuantity": {"value": 5}}]),
    ],
)
def test_what_the_portal_changed_or_left_out_is_named(name: str, value: object) -> None:
    assert altered(SENT, {**SENT, name: value}) == (name,)


def test_a_digit_that_is_lost_is_an_alteration() -> None:
    sent, stored = decode(b'{"value":1.50}'), decode(b'{"value":1.5}')
    assert altered(sent, stored) == ("value",)


def test_an_appointment_that_is_booked_at_once_is_as_it_was_sent() -> None:
    sent = {"participant": [{"actor": {"reference": "Patient/p1"}, "status": "needs-action"}]}
    stored = {"participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}]}
    assert altered(sent, stored) == ()


def test_many_alterations_are_told_in_a_line() -> None:
    assert words(()) == ""
    assert words(("a", "b")) == "the portal changed or left out: a, b"
    assert words(tuple("abcdefg")) == "the portal changed or left out: a, b, c, d, e and 2 more"
