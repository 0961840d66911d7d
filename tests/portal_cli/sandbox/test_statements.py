"""What patients say they take is theirs to say and to change; what the clinic wrote is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.portal_cli.sandbox.conftest import RECORD, Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox

ADA = {"reference": "Patient/ada"}
CLINICS = (
    '{"resourceType":"MedicationStatement","id":"clinics","status":"active","subject":{"reference":"Patient/ada"},'
    '"medicationCodeableConcept":{"text":"Aspirin"},"informationSource":{"reference":"Practitioner/doctor"}}'
)


def statement(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationStatement",
        "status": "active",
        "subject": ADA,
        "informationSource": ADA,
        "medicationCodeableConcept": {"text": "Vitamin D"},
        **more,
    }


def made(ada: Caller) -> dict[str, Any]:
    answer = ada.call("POST", "MedicationStatement", statement(effectivePeriod={"start": "2026-11-01"}))
    assert answer.status_code == 201
    return answer.json or {}


@pytest.mark.parametrize("status", ["stopped", "completed", "on-hold", "entered-in-error", "not-taken"])
def test_a_patient_changes_what_they_said(ada: Caller, status: str) -> None:
    found = made(ada)
    changed = {**found, "status": status, "dosage": [{"text": "one a day"}]}
    assert ada.call("PUT", f"MedicationStatement/{found['id']}", changed, If_Match='W/"1"').status_code == 200
    assert ada.refused("PUT", f"MedicationStatement/{found['id']}", changed, If_Match='W/"1"') == (412, "conflict")


@pytest.mark.parametrize(
    "more",
    [
        {"informationSource": {"reference": "Practitioner/doctor"}},
        {"informationSource": None},
        {"status": "entered-in-error"},
        {"status": "made-up"},
        {"medicationCodeableConcept": None},
        {"effectivePeriod": {"start": "2026-11-02", "end": "2026-11-01"}},
        {"effectivePeriod": {"start": "2026-11-02", "end": "2026-10"}},
    ],
)
def test_a_statement_that_is_not_a_patients_to_make_is_refused(ada: Caller, more: dict[str, Any]) -> None:
    body = {name: value for name, value in statement(**more).items() if value is not None}
    assert ada.refused("POST", "MedicationStatement", body) == (422, "business-rule")
    assert ada.found("MedicationStatement?patient=ada") == set()


@pytest.mark.parametrize(
    "more",
    [
        {"informationSource": {"reference": "Practitioner/doctor"}},
        {"status": "made-up"},
        {"category": {"text": "x"}},
        {"effectivePeriod": {"start": "2026-11-02", "end": "2026-11-01"}},
    ],
)
def test_a_change_that_is_not_a_patients_to_make_is_refused(ada: Caller, more: dict[str, Any]) -> None:
    found = made(ada)
    assert ada.refused("PUT", f"MedicationStatement/{found['id']}", {**found, **more}) == (422, "business-rule")


def test_a_statement_that_was_entered_in_error_stays_so(ada: Caller) -> None:
    found = made(ada)
    address = f"MedicationStatement/{found['id']}"
    assert ada.call("PUT", address, {**found, "status": "entered-in-error"}).status_code == 200
    assert ada.refused("PUT", address, {**found, "status": "active"}) == (422, "business-rule")


def test_what_the_clinic_wrote_is_not_changed(open_sandbox: Callable[..., Sandbox]) -> None:
    ada = Caller(open_sandbox({**RECORD, "clinics.json": CLINICS}))
    found = ada.get("MedicationStatement/clinics").json or {}
    refused = ada.refused("PUT", "MedicationStatement/clinics", {**found, "status": "stopped"})
    assert refused == (422, "business-rule")
