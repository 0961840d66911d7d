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


def _pending(ada: Caller) -> dict[str, Any]:
    """A request for a time that is not free, to which the practice proposes another one."""
    wish = _appointment(requestedPeriod=[{"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}])
    key = (ada.call("POST", "Appointment", wish).json or {})["id"]
    assert ada.sandbox.clinic.step() == 1
    found = ada.get(f"Appointment/{key}").json or {}
    assert found["status"] == "pending"
    return found


def _answer(appointment: str, status: str = "accepted", **members: Any) -> dict[str, Any]:
    return {
        "resourceType": "AppointmentResponse",
        "appointment": {"reference": appointment},
        "actor": {"reference": "Patient/ada"},
        "participantStatus": status,
        **members,
    }


def test_a_proposed_time_is_kept_until_it_is_answered(ada: Caller) -> None:
    found = _pending(ada)
    assert found["start"] == "2027-01-04T09:00:00Z"
    assert [one["status"] for one in found["participant"]] == ["needs-action", "accepted"]
    assert _status(ada, "Slot/nine") == "busy-tentative"
    assert ada.refused("POST", "Appointment", _appointment("Slot/nine")) == (409, "conflict")
    address = f"Appointment/{found['id']}"
    assert ada.call("POST", "AppointmentResponse", _answer(address)).status_code == 201
    assert (_status(ada, address), _status(ada, "Slot/nine")) == ("booked", "busy")
    assert ada.refused("POST", "AppointmentResponse", _answer(address)) == (422, "business-rule")


@pytest.mark.parametrize(
    "members",
    [
        {"participantStatus": "needs-action"},
        {"appointment": {"reference": "Appointment/absent"}},
        {"appointment": {"reference": "Slot/nine"}},
        {"start": "2027-01-04T09:00:00Z"},
        {"start": "2027-01-05T09:00:00Z", "end": "2027-01-05T09:20:00Z"},
    ],
)
def test_what_is_no_answer_of_the_patients_changes_nothing(ada: Caller, members: dict[str, Any]) -> None:
    address = f"Appointment/{_pending(ada)['id']}"
    assert ada.refused("POST", "AppointmentResponse", {**_answer(address), **members}) == (422, "business-rule")
    assert (_status(ada, address), _status(ada, "Slot/nine")) == ("pending", "busy-tentative")


def test_nobody_answers_for_somebody_else(ada: Caller) -> None:
    address = f"Appointment/{_pending(ada)['id']}"
    for actor in ("Practitioner/doctor", "Patient/ben"):
        answer = _answer(address, actor={"reference": actor})
        assert ada.refused("POST", "AppointmentResponse", answer)[0] in {403, 422}
    assert _status(ada, address) == "pending"


def test_the_answer_may_be_given_in_the_appointment_itself(ada: Caller) -> None:
    found = _pending(ada)
    found["participant"][0]["status"] = "accepted"
    address = f"Appointment/{found['id']}"
    assert (ada.call("PUT", address, found).json or {})["status"] == "booked"
    assert _status(ada, "Slot/nine") == "busy"


def test_a_declined_time_is_not_proposed_again(ada: Caller) -> None:
    address = f"Appointment/{_pending(ada)['id']}"
    assert ada.call("POST", "AppointmentResponse", _answer(address, "declined")).status_code == 201
    assert (_status(ada, address), _status(ada, "Slot/nine")) == ("proposed", "free")
    assert ada.sandbox.clinic.step() == 0


def test_only_the_practice_says_who_takes_part_and_at_which_slot(ada: Caller) -> None:
    booked = ada.call("POST", "Appointment", _appointment("Slot/nine")).json or {}
    address = f"Appointment/{booked['id']}"
    others = [*booked["participant"], {"actor": {"reference": "Practitioner/doctor"}, "status": "accepted"}]
    for change in ({"participant": others}, {"slot": [{"reference": "Slot/ten"}]}):
        assert ada.refused("PUT", address, {**booked, **change}) == (422, "business-rule")


def test_a_time_that_is_not_that_of_the_slot_is_refused(ada: Caller) -> None:
    wrong = _appointment("Slot/nine", end="2027-01-04T10:00:00Z")
    assert ada.refused("POST", "Appointment", wrong) == (422, "business-rule")
    assert _status(ada, "Slot/nine") == "free"
