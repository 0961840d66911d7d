from __future__ import annotations

from typing import Any

import pytest

from store.records import clinicians

NOOR = {"reference": "https://p.example/fhir/Practitioner/1", "display": "Noor Okafor, MD"}


@pytest.mark.parametrize(
    "body",
    [
        {"requester": NOOR},
        {"performer": [{"actor": NOOR}]},
        {"participant": [{"individual": NOOR}]},
        {"author": [{"display": "other"}, NOOR]},
    ],
)
def test_a_clinician_is_found_wherever_a_record_names_one(body: dict[str, Any]) -> None:
    assert clinicians.has(body, ("okafor",), frozenset())
    assert clinicians.has(body, ("okafor", "noor"), frozenset())
    assert not clinicians.has(body, ("okafor", "x"), frozenset())
    assert clinicians.has(body, ("nobody",), frozenset({"Practitioner/1"}))


@pytest.mark.parametrize("body", [{}, {"subject": NOOR}, {"requester": "Okafor"}, {"performer": [5, {"actor": 7}]}])
def test_others_and_rubbish_are_no_clinicians(body: dict[str, Any]) -> None:
    assert not clinicians.has(body, ("okafor",), frozenset({"Practitioner/1"}))
