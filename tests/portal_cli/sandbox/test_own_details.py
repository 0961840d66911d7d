"""What patients may say of themselves at the practice portal: details, insurance, allergies; and what they may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller

ADA = {"reference": "Patient/ada"}
BEN = {"reference": "Patient/ben"}
COVERAGE = {
    "resourceType": "Coverage",
    "status": "active",
    "beneficiary": ADA,
    "subscriber": ADA,
    "subscriberId": "X1",
    "payor": [{"display": "Example Health Plan"}],
    "period": {"start": "2026-01-01"},
}


def verified(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "verificationStatus": verified("unconfirmed"),
    "code": {"text": "Latex"},
    "patient": ADA,
    "recorder": ADA,
    "asserter": ADA,
}


def proposal(**parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "contained": [{"resourceType": "Patient", "id": "proposed", **parts}],
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"code": "change"}, {"code": "demographics"}]},
        "focus": ADA,
        "for": ADA,
        "input": [{"type": {"coding": [{"code": "proposed"}]}, "valueReference": {"reference": "#proposed"}}],
    }


def made(ada: Caller, resource: dict[str, Any]) -> dict[str, Any]:
    answer = ada.call("POST", resource["resourceType"], resource)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json or {}
    return found


def changed(ada: Caller, before: dict[str, Any], **parts: Any) -> int:
    after = {name: value for name, value in {**before, **parts}.items() if value is not None}
    return ada.call("PUT", f"{before['resourceType']}/{before['id']}", after).status_code


def patient(ada: Caller) -> dict[str, Any]:
    found: dict[str, Any] = ada.get("Patient/ada").json or {}
    return found


@pytest.mark.parametrize(
    "parts",
    [
        {"name": [{"use": "official", "family": "Other", "given": ["Ada"]}]},
        {"name": [{"use": "nickname", "text": "Addie"}]},
        {"birthDate": "1971-02"},
        {"birthDate": None},
        {"_birthDate": {"extension": [{"url": "urn:x", "valueString": "y"}]}},
        {"identifier": [{"system": "urn:mrn", "value": "B2"}]},
        {"active": False},
        {"gender": "female"},
        {"deceasedBoolean": True},
        {"link": [{"other": ADA, "type": "seealso"}]},
        {"extension": [{"url": "urn:x", "valueString": "y"}]},
        {"telecom": [{"system": "email", "value": "nowhere"}]},
        {"telecom": [{"system": "phone", "value": "none"}]},
        {"telecom": [{"value": "802 555 0100"}]},
        {"contact": [{"name": {"text": "Bo"}, "telecom": [{"system": "phone", "value": "x"}]}]},
    ],
    ids=str,
)
def test_what_only_the_practice_changes_and_what_leads_nowhere_is_refused(ada: Caller, parts: dict[str, Any]) -> None:
    before = patient(ada)
    body = {name: value for name, value in {**before, **parts}.items() if value is not None}
    assert ada.refused("PUT", "Patient/ada", body) == (422, "business-rule")
    assert patient(ada) == before


def test_their_own_details_are_the_patients_to_change(ada: Caller) -> None:
    before = patient(ada)
    parts = {
        "name": [*before["name"], {"use": "nickname", "text": "Addie"}],
        "telecom": [{"system": "phone", "value": "802 555 0100", "use": "mobile"}],
        "address": [{"use": "home", "city": "Barre"}],
        "communication": [{"language": {"coding": [{"code": "es"}]}, "preferred": True}],
    }
    assert changed(ada, before, **parts) == 200
    after = patient(ada)
    assert {name: after[name] for name in parts} == parts
    assert changed(ada, after, name=before["name"]) == 200


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"beneficiary": BEN, "subscriber": BEN}, 403),
        ({"subscriber": BEN}, 403),
        ({"status": "cancelled"}, 422),
        ({"payor": []}, 422),
        ({"period": {"start": "2026-02-01", "end": "2026-01-01"}}, 422),
    ],
    ids=str,
)
def test_an_insurance_that_is_none_or_anothers_is_refused(ada: Caller, parts: dict[str, Any], status: int) -> None:
    assert ada.refused("POST", "Coverage", {**COVERAGE, **parts})[0] == status


def test_an_insurance_is_ended_once_and_is_otherwise_as_it_was(ada: Caller) -> None:
    before = made(ada, COVERAGE)
    assert changed(ada, before, subscriberId="X2") == 422
    assert changed(ada, before, payor=[{"display": "Other"}]) == 422
    assert changed(ada, before, period={"start": "2025-01-01"}) == 422
    assert changed(ada, before, status="draft") == 422
    assert ada.refused("DELETE", f"Coverage/{before['id']}")[0] == 422
    over = {"status": "cancelled", "period": {"start": "2026-01-01", "end": "2026-11-30"}}
    assert changed(ada, before, **over) == 200
    assert changed(ada, {**before, **over}, status="active") == 422


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"recorder": {"reference": "Practitioner/doctor"}}, 422),
        ({"asserter": {"reference": "Practitioner/doctor"}, "recorder": None}, 422),
        ({"recorder": None, "asserter": None}, 422),
        ({"verificationStatus": verified("confirmed")}, 422),
        ({"code": None}, 422),
        ({"clinicalStatus": None}, 422),
        ({"patient": BEN}, 403),
    ],
    ids=str,
)
def test_an_allergy_in_another_name_or_confirmed_is_refused(ada: Caller, parts: dict[str, Any], status: int) -> None:
    body = {name: value for name, value in {**ALLERGY, **parts}.items() if value is not None}
    assert ada.refused("POST", "AllergyIntolerance", body)[0] in {status, 422}


def test_an_allergy_is_withdrawn_by_who_told_of_it_and_confirmed_by_the_practice_alone(ada: Caller) -> None:
    before = made(ada, ALLERGY)
    assert changed(ada, before, verificationStatus=verified("confirmed")) == 422
    assert changed(ada, before, asserter={"reference": "Practitioner/doctor"}) == 422
    wrong = {"verificationStatus": verified("entered-in-error"), "clinicalStatus": None}
    assert changed(ada, before, **wrong) == 200
    assert changed(ada, {**before, **wrong}, note=[{"text": "x"}]) == 422
    other = made(ada, ALLERGY)
    staff = ada.sandbox.portal.staff
    staff.act(f"AllergyIntolerance/{other['id']}", "accept", "")
    confirmed = ada.get(f"AllergyIntolerance/{other['id']}").json or {}
    assert confirmed["verificationStatus"]["coding"][0]["code"] == "confirmed"
    assert changed(ada, confirmed, clinicalStatus={"coding": [{"code": "resolved"}]}) == 422


@pytest.mark.parametrize(
    "task",
    [
        {**proposal(), "focus": BEN},
        {**proposal(), "contained": []},
        proposal(birthDate="1980"),
        proposal(name=[{"use": "official", "family": "Other"}]),
        proposal(name=["Other"]),
        {**proposal(), "status": "completed"},
    ],
    ids=lambda task: str(task)[:80],
)
def test_a_proposal_about_somebody_else_or_of_what_cannot_be_is_refused(ada: Caller, task: dict[str, Any]) -> None:
    assert ada.refused("POST", "Task", task)[0] in {403, 422}


def test_a_proposal_is_looked_at_and_taken_over(ada: Caller) -> None:
    before = patient(ada)
    task = made(ada, proposal(telecom=[{"system": "phone", "value": "802 555 0100"}]))
    seen = []
    for _ in range(4):
        ada.sandbox.clinic.step()
        seen.append((ada.get(f"Task/{task['id']}").json or {})["status"])
    assert seen == ["received", "accepted", "in-progress", "completed"]
    after = patient(ada)
    assert after.pop("telecom") == [{"system": "phone", "value": "802 555 0100"}]
    assert {**after, "meta": before["meta"]} == before


def test_a_proposal_that_leads_nowhere_is_declined_with_a_reason(ada: Caller) -> None:
    before = patient(ada)
    task = made(ada, proposal(telecom=[{"system": "email", "value": "nowhere"}]))
    for _ in range(4):
        ada.sandbox.clinic.step()
    after = ada.get(f"Task/{task['id']}").json or {}
    assert after["status"] == "rejected"
    assert "no e-mail address" in after["statusReason"]["text"]
    assert patient(ada) == before
    assert changed(ada, after, status="cancelled") == 422
