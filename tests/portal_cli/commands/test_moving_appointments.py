"""Appointments that are moved, and the day they are on: another time, checking in, and what is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.portal_cli.commands.appointing import act, made_here, refused, slots, status_of, wait_until
from tests.portal_cli.conftest import at_home

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.conftest import Home


DAY = 86_400


def test_rescheduling_to_a_free_time_books_the_new_one_and_then_cancels_the_old(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    old = act(ada, "book", "1", "--reason", "Cough")
    new = act(ada, "reschedule", old["id"], "--slot", "2")
    assert (new["status"], new["reason"]) == ("booked", "Cough")
    assert new["id"] != old["id"]
    assert status_of(practice, f"Appointment/{old['id']}") == "cancelled"
    assert [each["status"] for each in made_here(practice)].count("booked") == 1


def test_the_old_appointment_stands_until_the_practice_has_booked_the_new_one(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    old = act(ada, "book", "1")
    day = slots(ada)[-1]["start"][:10]
    new = act(ada, "reschedule", old["id"], "--when", day)
    ada.run("sync")
    assert (new["status"], status_of(practice, f"Appointment/{old['id']}")) == ("proposed", "booked")
    practice.clinic.step()
    assert ada.run("sync").code == 0
    assert status_of(practice, f"Appointment/{new['id']}") == "booked"
    assert status_of(practice, f"Appointment/{old['id']}") == "cancelled"
    assert ada.run("appointments", "show", old["id"], "--json").json["status"] == "cancelled"


def test_a_refused_check_in_does_not_hold_up_the_cancelling_of_the_old_appointment(
    ada: Home, practice: Sandbox
) -> None:
    slots(ada)
    old = act(ada, "book", "1")
    assert "too early to check in" in refused(ada, "checkin", old["id"])
    act(ada, "reschedule", old["id"], "--slot", "2")
    assert status_of(practice, f"Appointment/{old['id']}") == "cancelled"
    assert [row["state"] for row in ada.run("outbox", "list", "--waiting", "--json").json] == ["rejected"]


def test_what_the_patient_asks_of_an_appointment_waits_for_a_refused_check_in_and_says_so(
    ada: Home, practice: Sandbox
) -> None:
    slots(ada)
    old = act(ada, "book", "1")
    refused(ada, "checkin", old["id"])
    said = ada.run("appointments", "cancel", old["id"], "--yes")
    waiting = ada.run("outbox", "list", "--waiting", "--json").json
    assert f"It waits for the request {waiting[1]['id']}: `portal outbox show" in said.err
    assert status_of(practice, f"Appointment/{old['id']}") == "booked"


def test_an_appointment_whose_new_time_is_taken_stands(ada: Home, practice: Sandbox, tmp_path: Path) -> None:
    slots(ada)
    old = act(ada, "book", "1")
    ben = at_home(tmp_path / "ben", practice, 1)
    taken = slots(ben)[0]["id"]
    assert any(each["id"] == taken for each in slots(ada))
    act(ben, "book", taken)
    assert "no longer free" in refused(ada, "reschedule", old["id"], "--slot", taken)
    ada.run("sync")
    assert status_of(practice, f"Appointment/{old['id']}") == "booked"


def test_checking_in_is_possible_shortly_before_and_no_earlier(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    booked = act(ada, "book", "1")
    assert "too early to check in" in refused(ada, "checkin", booked["id"])
    item = ada.run("outbox", "list", "--waiting", "--json").json[0]["id"]
    wait_until(practice, booked, timedelta(minutes=30))
    assert ada.run("outbox", "retry", item, "--yes").code == 0
    assert status_of(practice, f"Appointment/{booked['id']}") == "arrived"
    assert ada.run("appointments", "checkin", booked["id"], "--yes").code == 1
    practice.portal.clock.advance(DAY)
    practice.clinic.step()
    assert status_of(practice, f"Appointment/{booked['id']}") == "fulfilled"


def test_what_is_over_cannot_be_checked_in_for_nor_cancelled(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    booked = act(ada, "book", "1")
    wait_until(practice, booked, timedelta(hours=-3))
    assert "has begun" in refused(ada, "cancel", booked["id"], "--reason", "Too late")
    assert "Too late" in ada.run("outbox", "show", ada.run("outbox", "--json").json[0]["id"]).out
    waiting = ada.run("appointments", "checkin", booked["id"], "--yes")
    first = ada.run("outbox", "--json").json[1]["id"]
    assert f"waits for the request {first}" in waiting.err
    assert ada.run("outbox", "cancel", first, "--yes").code == 0
    late = ada.run("outbox", "retry", ada.run("outbox", "--json").json[0]["id"], "--yes")
    assert (late.code, "too late to check in" in late.err) == (8, True)


def test_what_the_practice_closed_meanwhile_is_a_conflict_to_decide(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    booked = act(ada, "book", "1")
    wait_until(practice, booked, timedelta(hours=-3))
    practice.clinic.step()
    assert status_of(practice, f"Appointment/{booked['id']}") == "noshow"
    refused(ada, "cancel", booked["id"], code=13)
    assert status_of(practice, f"Appointment/{booked['id']}") == "noshow"
