"""Appointments: what patients may ask for and call off, and the slots that go with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.portal_cli.sandbox.conftest import RECORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

PATCH = "application/json-patch+json"
CANCEL = [
    {"op": "test", "path": "/status", "value": "booked"},
    {"op": "replace", "path": "/status", "value": "cancelled"},
    {"op": "add", "path": "/cancelationReason", "value": {"text": "The car would not start"}},
]
SLOTS = {
    "schedule.json": {"resourceType": "Schedule", "id": "week", "actor": [{"reference": "Practitioner/doctor"}]},
    "slot.json": {
        "resourceType": "Slot",
        "id": "nine",
        "status": "free",
        "schedule": {"reference": "Schedule/week"},
        "start": "2027-01-04T09:00:00Z",
        "end": "2027-01-04T09:20:00Z",
    },
    "taken.json": {"resourceType": "Slot", "id": "ten", "status": "busy", "schedule": {"reference": "Schedule/week"}},
}


def _appointment(slot: str = "", **members: Any) -> dict[str, Any]:
    participant = {"actor": {"reference": "Patient/ada"}, "status": "needs-action"}
    wish = {"resourceType": "Appointment", "status": "proposed", "participant": [participant]}
    if slot:
        wish |= {"slot": [{"reference": slot}], "start": "2027-01-04T09:00:00Z", "end": "2027-01-04T09:20:00Z"}
    return {**wish, **members}


@pytest.fixture
def ada(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> Caller:
    return call_as(open_sandbox({**RECORD, **{name: json.dumps(each) for name, each in SLOTS.items()}}))


def _status(ada: Caller, address: str) -> str:
    return str((ada.get(address).json or {})["status"])


def test_a_wish_without_a_slot_stays_a_wish(ada: Caller) -> None:
    answer = ada.call("POST", "Appointment", _appointment())
    assert (answer.status_code, (answer.json or {})["status"]) == (201, "proposed")


@pytest.mark.parametrize("status", ["booked", "arrived", "cancelled", "nonsense"])
def test_a_patient_proposes_and_does_not_book(ada: Caller, status: str) -> None:
    assert ada.refused("POST", "Appointment", _appointment(status=status)) == (422, "business-rule")


def test_a_start_has_an_end(ada: Caller) -> None:
    assert ada.refused("POST", "Appointment", _appointment(start="2027-01-04T09:00:00Z"))[0] == 422


def test_a_free_slot_is_booked_at_once_and_taken_from_then_on(ada: Caller) -> None:
    answer = ada.call("POST", "Appointment", _appointment("Slot/nine"))
    booked = answer.json or {}
    assert (answer.status_code, booked["status"], booked["participant"][0]["status"]) == (201, "booked", "accepted")
    assert _status(ada, "Slot/nine") == "busy"
    assert ada.refused("POST", "Appointment", _appointment("Slot/nine")) == (409, "conflict")
    assert len(ada.found("Appointment")) == 1


def test_a_booked_appointment_has_the_time_of_its_slot(ada: Caller) -> None:
    wish = {**_appointment(), "slot": [{"reference": "Slot/nine"}]}
    booked = ada.call("POST", "Appointment", wish).json or {}
    assert (booked["start"], booked["end"]) == ("2027-01-04T09:00:00Z", "2027-01-04T09:20:00Z")


def test_an_appointment_is_cancelled_and_not_deleted(ada: Caller) -> None:
    key = (ada.call("POST", "Appointment", _appointment()).json or {})["id"]
    assert ada.refused("DELETE", f"Appointment/{key}") == (422, "business-rule")


def test_a_slot_that_is_taken_or_unknown_is_refused_and_changes_nothing(ada: Caller) -> None:
    both = _appointment("Slot/nine")
    both["slot"].append({"reference": "Slot/ten"})
    assert ada.refused("POST", "Appointment", both) == (409, "conflict")
    assert ada.refused("POST", "Appointment", _appointment("Slot/absent"))[0] == 422
    assert _status(ada, "Slot/nine") == "free"
    assert ada.found("Appointment") == set()


def test_a_cancelled_appointment_gives_its_slot_back(ada: Caller) -> None:
    key = (ada.call("POST", "Appointment", _appointment("Slot/nine")).json or {})["id"]
    assert ada.call("PATCH", f"Appointment/{key}", CANCEL, Content_Type=PATCH).status_code == 200
    assert _status(ada, "Slot/nine") == "free"
    assert ada.refused("PATCH", f"Appointment/{key}", CANCEL, Content_Type=PATCH)[0] == 422
    assert ada.call("POST", "Appointment", _appointment("Slot/nine")).status_code == 201


def test_what_the_clinic_decides_is_not_the_patients_to_change(ada: Caller) -> None:
    booked = ada.call("POST", "Appointment", _appointment("Slot/nine")).json or {}
    address = f"Appointment/{booked['id']}"
    later = {"start": "2027-02-04T09:00:00Z", "end": "2027-02-04T09:20:00Z"}
    for change in ({"status": "arrived"}, {"status": "proposed"}, later, {"cancelationReason": {"text": "x"}}):
        assert ada.refused("PUT", address, {**booked, **change}) == (422, "business-rule")
    assert ada.call("PUT", address, {**booked, "comment": "I use a wheelchair"}).status_code == 200
    assert ada.call("PUT", address, {**booked, "status": "cancelled"}).status_code == 200
    assert ada.refused("PUT", address, booked) == (422, "business-rule")
