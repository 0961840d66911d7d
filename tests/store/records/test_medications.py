from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from store.records import medications
from store.records.text import Safe

if TYPE_CHECKING:
    from store.records.elements import Json


def order(**parts: Any) -> Json:
    return {"resourceType": "MedicationRequest", "id": "1", "status": "active", **parts}


LISINOPRIL = {"coding": [{"code": "314076"}], "text": "lisinopril 10 MG"}


def test_a_named_medicine_has_its_name_and_code() -> None:
    found = medications.read(order(medicationCodeableConcept=LISINOPRIL))
    assert (found.name, found.code, found.type, found.id) == ("lisinopril 10 MG", "314076", "MedicationRequest", "1")


def test_a_contained_medicine_is_found_inside() -> None:
    found = order(medicationReference={"reference": "#m"}, contained=[{"id": "m", "code": LISINOPRIL}])
    assert (medications.name(found), medications.code(found)) == ("lisinopril 10 MG", "314076")


def test_a_medicine_referred_to_is_called_as_the_reference_says_or_as_it_is_told() -> None:
    assert medications.name(order(medicationReference={"reference": "Medication/7", "display": "aspirin"})) == "aspirin"
    elsewhere = order(medicationReference={"reference": "Medication/7"})
    assert medications.name(elsewhere) == ""
    assert medications.read(elsewhere, Safe("aspirin")).name == "aspirin"


def test_an_order_says_what_one_dispense_gives_and_until_when() -> None:
    found = medications.read(
        order(
            requester={"display": "Dr. Byron"},
            reasonCode=[{"text": "Hypertension"}],
            dispenseRequest={
                "validityPeriod": {"start": "2024-01-01", "end": "2025-01-01"},
                "numberOfRepeatsAllowed": 3,
                "quantity": {"value": 90, "unit": "tablet"},
                "expectedSupplyDuration": {"value": 90, "unit": "days"},
            },
        )
    )
    assert (found.repeats, found.quantity, found.supply) == (Decimal(3), "90 tablet", "90 days")
    assert (found.prescriber, found.reason, found.source) == ("Dr. Byron", "Hypertension", "prescribed")
    assert found.expires
    assert found.expires.text == "2025-01-01"


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "MedicationStatement"},
        {"resourceType": "MedicationRequest", "reportedBoolean": True},
    ],
)
def test_what_the_patient_reports_is_told_apart(resource: Json) -> None:
    assert medications.read(resource).source == "self-reported"


@pytest.mark.parametrize(
    ("dosage", "words"),
    [
        ({"patientInstruction": "One at night", "text": "1 tab qhs"}, "One at night"),
        ({"text": "1 tab qhs"}, "1 tab qhs"),
        (
            {
                "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "puff"}}],
                "timing": {"repeat": {"frequency": 1, "period": 4, "periodUnit": "h"}},
                "asNeededBoolean": True,
            },
            "2 puff, 1 times every 4 h, as needed",
        ),
        ({"doseAndRate": {"doseQuantity": {"value": 5, "unit": "mg"}}}, "5 mg"),
        ({"timing": {"repeat": {"frequency": 2}}}, ""),
        ({"asNeededBoolean": "yes"}, ""),
        ({}, ""),
    ],
)
def test_directions_are_the_words_there_are_else_dose_and_rhythm(dosage: Json, words: str) -> None:
    assert medications.directions([dosage]) == words


def test_several_dosages_are_told_one_after_the_other() -> None:
    assert medications.directions([{"text": "1 in the morning"}, {}, {"text": "2 at night"}]) == (
        "1 in the morning; 2 at night"
    )


def test_a_statement_and_a_dispense_keep_their_dosage_under_another_name() -> None:
    assert (
        medications.read({"resourceType": "MedicationStatement", "dosage": [{"text": "daily"}]}).directions == "daily"
    )


@pytest.mark.parametrize(
    "when",
    [
        {"authoredOn": "2024-05-17", "dateAsserted": "2025"},
        {"effectiveDateTime": "2024-05-17"},
        {"effectivePeriod": {"start": "2024-05-17"}},
        {"dateAsserted": "2024-05-17"},
    ],
)
def test_the_start_is_the_order_else_the_use_else_the_report(when: Json) -> None:
    shown = medications.read_envelope(order(medicationCodeableConcept=LISINOPRIL, **when))
    assert (shown.kind, shown.title, shown.code, shown.status) == ("medication", "lisinopril 10 MG", "314076", "active")
    assert shown.date
    assert shown.date.text == "2024-05-17"
