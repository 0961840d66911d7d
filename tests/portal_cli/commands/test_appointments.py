"""The life of appointments at the command line, against the practice portal over a socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.appointmentresponse import AppointmentResponse

from tests.portal_cli.commands.appointing import act, made_here, refused, slots, status_of, stored, wait_until
from tests.portal_cli.conftest import Home, at_home

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox

DAY = 86_400


def proposal(ada: Home, practice: Sandbox) -> dict[str, Any]:
    """A request for a Sunday, on which the practice is closed, so that it proposes another time."""
    today = datetime.now(UTC).date()
    sunday = today + timedelta(days=13 - today.weekday())
    asked = act(ada, "request", "--reason", "Sore knee", "--when", sunday.isoformat())
    assert asked["status"] == "proposed"
    practice.clinic.step()
    assert ada.run("sync").code == 0
    found: dict[str, Any] = ada.run("appointments", "show", asked["id"], "--json").json
    assert found["status"] == "pending"
    return found


def test_a_free_time_is_booked_by_its_number(ada: Home, practice: Sandbox) -> None:
    free = slots(ada)
    booked = act(ada, "book", "2", "--reason", "Yearly check-up")
    assert (booked["status"], booked["reason"]) == ("booked", "Yearly check-up")
    assert booked["clinicians"] == free[1]["clinicians"]
    assert status_of(practice, f"Slot/{free[1]['id']}") == "busy"
    assert booked["id"] in {each["id"] for each in ada.run("appointments", "--json").json}
    assert free[1]["id"] not in {each["id"] for each in slots(ada)}


def test_free_times_can_be_narrowed_to_a_clinician_and_named_by_id(ada: Home) -> None:
    free = slots(ada)
    name = free[0]["clinicians"][0]
    mine = slots(ada, "--with", name.partition(",")[0].lower())
    assert {each["clinicians"][0] for each in mine} == {name}
    assert act(ada, "book", mine[-1]["id"])["status"] == "booked"
    unknown = ada.run("appointments", "book", "9999", "--yes")
    assert unknown.code == 6
    assert "portal appointments slots" in unknown.err


def test_the_calendar_has_a_last_day_after_which_nothing_is_free(ada: Home) -> None:
    assert slots(ada, "--from", "9999-12-31") == []


def test_what_will_be_sent_is_shown_first_and_sent_only_after_a_yes(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    asked = ada.run("appointments", "book", "1", "--reason", "Cough")
    assert asked.code == 16
    assert all(word in asked.err for word in ("Book an appointment", "Cough", practice.sign_ins[0].name.split()[-1]))
    dry = ada.run("appointments", "book", "1", "--reason", "Cough", "--dry-run", "--json")
    assert dry.json["resourceType"] == "Appointment"
    assert made_here(practice) == []
    assert ada.run("outbox", "--json").json == []


def test_every_resource_that_is_sent_is_valid_fhir(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    visit = proposal(ada, practice)
    booked = act(ada, "book", "9", "--reason", "A", "--note", "B")
    for arguments in (
        ("book", "1", "--reason", "Cough", "--note", "Mornings"),
        ("request", "--reason", "Cough", "--when", "2099-01-05..2099-01-07", "--when", "2099-02-01T09:00..12:30"),
        ("request", "--reason", "Cough", "--with", booked["clinicians"][0]),
        ("reschedule", booked["id"], "--slot", "2"),
        ("reschedule", booked["id"], "--when", "2099-01-05"),
        ("cancel", booked["id"], "--reason", "Travelling"),
        ("checkin", booked["id"]),
    ):
        sent = ada.run("appointments", *arguments, "--dry-run", "--json")
        assert sent.code == 0, sent.err
        Appointment.model_validate_json(sent.out)
    for answer in (("accept",), ("maybe", "--note", "x"), ("decline", "--instead", "2099-01-05T09:00..12:00")):
        sent = ada.run("appointments", "respond", visit["id"], *answer, "--dry-run", "--json")
        AppointmentResponse.model_validate_json(sent.out)
    for kept in made_here(practice):
        Appointment.model_validate_json(json.dumps(kept))


def test_a_request_within_a_free_time_is_confirmed_by_the_practice(ada: Home, practice: Sandbox) -> None:
    day = slots(ada)[0]["start"][:10]
    asked = act(ada, "request", "--reason", "Sore knee", "--when", f"{day}..{day}", "--note", "Mornings")
    assert (asked["status"], asked["comment"]) == ("proposed", "Mornings")
    assert [each["id"] for each in ada.run("appointments", "list", "--requested", "--json").json].count(
        asked["id"]
    ) == 1
    practice.clinic.step()
    ada.run("sync")
    found = ada.run("appointments", "show", asked["id"], "--json").json
    assert found["status"] == "booked"
    assert found["start"][:10] == day
    assert asked["id"] not in {each["id"] for each in ada.run("appointments", "--requested", "--json").json}


def test_a_proposed_time_is_accepted_and_then_booked(ada: Home, practice: Sandbox) -> None:
    visit = proposal(ada, practice)
    assert "respond" in ada.run("appointments", "show", visit["id"]).out
    people_and_places = (*visit["clinicians"], *visit["places"])  # the practice only refers to them
    assert people_and_places
    assert not any("/" in one for one in people_and_places)
    assert act(ada, "respond", visit["id"], "accept", "--note", "See you then")["status"] == "booked"
    slot = stored(practice, f"Appointment/{visit['id']}")["slot"][0]["reference"]
    assert status_of(practice, slot) == "busy"
    again = ada.run("appointments", "respond", visit["id"], "accept", "--yes")
    assert (again.code, "booked" in again.err) == (1, True)


def test_a_declined_time_is_free_again_and_another_one_is_proposed(ada: Home, practice: Sandbox) -> None:
    visit = proposal(ada, practice)
    first = stored(practice, f"Appointment/{visit['id']}")["slot"][0]["reference"]
    assert status_of(practice, first) == "busy-tentative"
    assert act(ada, "respond", visit["id"], "maybe")["status"] == "pending"
    assert act(ada, "respond", visit["id"], "decline")["status"] == "proposed"
    assert status_of(practice, first) == "free"
    practice.clinic.step()
    second = stored(practice, f"Appointment/{visit['id']}")
    assert second["status"] == "pending"
    assert second["slot"][0]["reference"] != first


def test_a_time_that_would_suit_instead_is_what_the_practice_goes_by(ada: Home, practice: Sandbox) -> None:
    visit = proposal(ada, practice)
    day = slots(ada)[-1]["start"][:10]
    assert act(ada, "respond", visit["id"], "decline", "--instead", day)["status"] == "proposed"
    practice.clinic.step()
    found = stored(practice, f"Appointment/{visit['id']}")
    assert (found["status"], found["start"][:10]) == ("booked", day)


def test_an_appointment_is_cancelled_with_a_reason_and_its_time_is_free_again(ada: Home, practice: Sandbox) -> None:
    free = slots(ada)
    booked = act(ada, "book", "1")
    assert act(ada, "cancel", booked["id"], "--reason", "I am travelling")["status"] == "cancelled"
    kept = stored(practice, f"Appointment/{booked['id']}")
    assert kept["cancelationReason"]["text"] == "I am travelling"
    assert status_of(practice, f"Slot/{free[0]['id']}") == "free"
    again = ada.run("appointments", "cancel", booked["id"], "--yes")
    assert again.code == 1
    assert "an appointment that is cancelled cannot be cancelled" in again.err


def test_two_people_want_one_time_and_one_of_them_gets_it(ada: Home, practice: Sandbox, tmp_path: Path) -> None:
    ben = at_home(tmp_path / "ben", practice, 1)
    wanted = slots(ada)[0]["id"]
    assert wanted == slots(ben)[0]["id"]
    codes = sorted(
        process.wait(timeout=120) for process in [begin(home, "book", wanted, "--yes") for home in (ada, ben)]
    )
    assert codes == [0, 8]
    assert len(made_here(practice)) == 1
    assert sorted(each["state"] for home in (ada, ben) for each in home.run("outbox", "--json").json) == [
        "confirmed",
        "rejected",
    ]


def begin(home: Home, *arguments: str) -> Any:
    import subprocess  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415 - only here

    return subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "appointments", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=home.environment(),
    )


def test_a_proposal_that_lapsed_cannot_be_accepted(ada: Home, practice: Sandbox) -> None:
    visit = proposal(ada, practice)
    wait_until(practice, visit, timedelta(minutes=-5))
    assert "has passed" in refused(ada, "respond", visit["id"], "accept")
    practice.clinic.step()
    assert "waits for no answer" in refused(ada, "respond", visit["id"], "accept")


def test_a_slot_that_has_passed_is_not_booked(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    practice.portal.clock.advance(20 * DAY)
    assert "has passed" in refused(ada, "book", "1", "--reason", "Cough")
    assert made_here(practice) == []


def test_without_a_connection_a_booking_waits_in_the_outbox(ada: Home, practice: Sandbox) -> None:
    slots(ada)
    practice.stop()
    said = ada.run("appointments", "book", "1", "--reason", "Cough", "--yes")
    assert said.code == 0
    assert "queued" in said.err
    requested = ada.run("appointments", "list", "--requested", "--json").json
    assert "queued" in {each["status"] for each in requested}
    assert ada.run("outbox", "list", "--waiting", "--json").json[0]["title"] == "Book an appointment: Cough"


@pytest.mark.parametrize("arguments", [("show",), ("cancel",), ("checkin",), ("directions",)])
def test_an_appointment_that_nobody_knows_is_not_found(ada: Home, arguments: tuple[str, ...]) -> None:
    assert ada.run("appointments", *arguments, "nothing").code == 6


def test_directions_are_the_address_of_the_place(ada: Home) -> None:
    slots(ada)
    booked = act(ada, "book", "1")
    said = ada.run("appointments", "directions", booked["id"])
    assert said.code == 0
    assert "Briar Glen" in said.out
    assert "05999" in said.out
    assert ada.run("appointments", "directions", booked["id"], "--json").json[0]["address"]


def test_lists_are_of_those_to_come_past_requested_or_since_a_day(ada: Home) -> None:
    def listed(*arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ada.run("appointments", "list", "--json", *arguments).json
        return found

    coming, past = listed("--upcoming"), listed("--past")
    assert coming == listed()
    assert len(past) > 5
    assert {each["status"] for each in listed("--requested")} <= {"proposed", "pending", "waitlist"}
    assert len(listed("--past", "--upcoming")) == len(coming) + len(past)
    day = past[3]["start"][:10]
    since = listed("--past", "--since", day)
    assert 0 < len(since) < len(past)
    assert all(each["end"][:10] >= day for each in since)
    assert ada.run("appointments", "list", "--since", "soon").code == 2


@pytest.mark.parametrize(
    "when", ["tomorrow", "2099-13-01", "2020-01-01", "2099-01-05..2099-01-01", "2099-01-05T09:00", ".."]
)
def test_a_time_that_cannot_be_meant_is_refused_in_words(ada: Home, when: str) -> None:
    said = ada.run("appointments", "request", "--reason", "Cough", "--when", when, "--yes")
    assert said.code == 2
    assert when in said.err
