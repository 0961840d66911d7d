"""The clinic takes refill requests along, one step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller


def _ask(ada: Caller, code: str = "refill") -> str:
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"code": "fulfill"}, {"code": code}]},
        "for": {"reference": "Patient/ada"},
        "focus": {"reference": "MedicationRequest/order"},
    }
    return f"Task/{(ada.call('POST', 'Task', task).json or {})['id']}"


def _task(ada: Caller, address: str) -> dict[str, Any]:
    return ada.get(address).json or {}


def test_a_refill_goes_from_requested_to_completed(ada: Caller) -> None:
    address = _ask(ada)
    seen = []
    for _ in range(4):
        assert ada.sandbox.clinic.step() == 1
        task = _task(ada, address)
        seen.append((task["status"], task.get("businessStatus", {}).get("text")))
    assert seen == [
        ("received", None),
        ("accepted", None),
        ("in-progress", "Sent to pharmacy"),
        ("completed", "Ready for pickup"),
    ]
    assert task["meta"]["versionId"] == "5"
    assert task["lastModified"] <= task["meta"]["lastUpdated"]
    assert ada.sandbox.clinic.step() == 0


def test_a_completed_refill_names_the_medicine_supplied(ada: Caller) -> None:
    address = _ask(ada, "renewal")
    for _ in range(4):
        ada.sandbox.clinic.step()
    supply = ada.get(_task(ada, address)["output"][0]["valueReference"]["reference"])
    body = supply.json or {}
    assert body["resourceType"] == "MedicationDispense"
    assert body["subject"] == {"reference": "Patient/ada"}
    assert body["authorizingPrescription"] == [{"reference": "MedicationRequest/order"}]
    assert '"quantity":{"value":30.0}' in supply.text
    assert ada.found("MedicationDispense?patient=ada") == {body["id"]}


def test_a_cancelled_refill_stays_cancelled(ada: Caller) -> None:
    address = _ask(ada)
    task = _task(ada, address)
    assert ada.call("PUT", address, {**task, "status": "cancelled"}, If_Match='W/"1"').status_code == 200
    assert ada.sandbox.clinic.step() == 0
    assert _task(ada, address)["status"] == "cancelled"


def test_cancelling_what_has_moved_on_meets_a_conflict_first(ada: Caller) -> None:
    address = _ask(ada)
    task = _task(ada, address)
    for _ in range(3):
        ada.sandbox.clinic.step()
    cancelled = {**task, "status": "cancelled"}
    assert ada.refused("PUT", address, cancelled, If_Match='W/"1"') == (412, "conflict")
    assert ada.refused("PUT", address, cancelled, If_Match='W/"4"') == (422, "business-rule")


def test_other_tasks_wait(ada: Caller) -> None:
    address = _ask(ada, "demographics")
    assert ada.sandbox.clinic.step() == 0
    assert _task(ada, address)["status"] == "requested"


def test_a_refill_for_anothers_prescription_supplies_nothing(ben: Caller) -> None:
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"code": "refill"}]},
        "for": {"reference": "Patient/ben"},
        "focus": {"reference": "MedicationRequest/order"},
    }
    address = f"Task/{(ben.call('POST', 'Task', task).json or {})['id']}"
    for _ in range(4):
        ben.sandbox.clinic.step()
    assert "output" not in _task(ben, address)
