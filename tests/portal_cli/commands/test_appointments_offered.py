"""What a portal does not offer, or did not grant, is told before anything is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.hostile import PATIENT, Offer, ScriptedPortal, resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.conftest import Home

WRITES = ("read", "search-type", "create", "update")
EACH = (
    ("request", "--reason", "Cough"),
    ("book", "1"),
    ("cancel", "a1"),
    ("reschedule", "a1", "--when", "2099-01-05"),
    ("checkin", "a1"),
    ("respond", "a2", "accept"),
    ("slots",),
)


@pytest.fixture
def portal() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        running.types["Appointment"] = Offer()
        times = {"start": "2099-03-05T10:00:00Z", "end": "2099-03-05T10:30:00Z"}
        people = [{"actor": {"reference": f"Patient/{PATIENT}"}, "status": "needs-action"}]
        for name, status in (("a1", "booked"), ("a2", "pending")):
            running.add(resource("Appointment", name, status=status, participant=people, **times))
        yield running


def signed_in(home: Home, portal: ScriptedPortal) -> None:
    home.sign_in(portal.base_url)
    assert home.run("sync").code == 0


@pytest.mark.parametrize("arguments", EACH, ids=lambda arguments: arguments[0])
def test_a_portal_that_only_shows_appointments_offers_no_changes(
    portal: ScriptedPortal, home: Home, arguments: tuple[str, ...]
) -> None:
    signed_in(home, portal)
    said = home.run("appointments", *arguments)
    assert said.code == 7
    assert "does not offer" in said.err


@pytest.mark.parametrize("arguments", EACH, ids=lambda arguments: arguments[0])
def test_what_was_not_granted_is_not_offered_either(
    portal: ScriptedPortal, home: Home, arguments: tuple[str, ...]
) -> None:
    for name in ("Appointment", "AppointmentResponse"):
        portal.types[name] = Offer(WRITES)
    portal.types["Slot"] = Offer()
    portal.token_extra["scope"] = "launch/patient patient/Appointment.rs patient/Patient.rs"
    signed_in(home, portal)
    assert home.run("appointments", *arguments).code == 7


def test_where_only_messages_are_taken_a_message_tells_of_the_arrival(portal: ScriptedPortal, home: Home) -> None:
    portal.types["Communication"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    portal.types["Practitioner"] = Offer(("read",), ())
    for name in ("Ada Lamb", "Joe Okafor"):
        portal.add(resource("Practitioner", name.partition(" ")[2].lower(), name=[{"text": name}]))
    people = [{"actor": {"reference": "Practitioner/okafor", "display": "Joe Okafor"}, "status": "accepted"}]
    others = [{"actor": {"reference": "Practitioner/lamb", "display": "Ada Lamb"}, "status": "accepted"}]
    times = {"start": "2099-03-05T10:00:00Z", "end": "2099-03-05T10:30:00Z"}
    portal.add(resource("Appointment", "a3", status="booked", participant=people, **times))
    portal.add(resource("Appointment", "a4", status="cancelled", participant=others, **times))
    signed_in(home, portal)
    said = home.run("appointments", "checkin", "a3", "--dry-run", "--json")
    assert (said.code, "takes no check-ins" in said.err) == (0, True), said.err
    messages = [entry["resource"] for entry in said.json["entry"] if "payload" in entry["resource"]]
    assert [one["reference"] for one in messages[0]["recipient"]] == ["Practitioner/okafor"]
    assert "I have arrived for my appointment" in messages[0]["payload"][0]["contentString"]
    assert home.run("appointments", "checkin", "a3", "--yes").code == 0
    sent = [body for body in portal.created if b"I have arrived for" in body]
    assert len(sent) == 1
    assert home.run("appointments", "checkin", "a4", "--yes").code == 1


def test_without_answers_of_their_own_the_answer_is_in_the_appointment(portal: ScriptedPortal, home: Home) -> None:
    portal.types["Appointment"] = Offer(WRITES)
    signed_in(home, portal)
    sent: Any = home.run("appointments", "respond", "a2", "accept", "--dry-run", "--json").json
    assert (sent["resourceType"], sent["status"]) == ("Appointment", "pending")
    assert sent["participant"][0]["status"] == "accepted"
    assert home.run("appointments", "respond", "a2", "accept", "--note", "x", "--dry-run").code == 7


def test_a_clinician_that_nobody_knows_or_several_are_is_asked_about(portal: ScriptedPortal, home: Home) -> None:
    portal.types["Appointment"] = Offer(WRITES)
    portal.types["Practitioner"] = Offer(("read",), ())
    for number, name in enumerate(("Long", "Longer")):
        portal.add(resource("Practitioner", f"d{number}", name=[{"family": name}]))
        people = [{"actor": {"reference": f"Practitioner/d{number}"}, "status": "accepted"}]
        portal.add(resource("Appointment", f"b{number}", status="fulfilled", participant=people))
    signed_in(home, portal)
    both = home.run("appointments", "request", "--reason", "Cough", "--with", "long", "--yes")
    assert (both.code, "Longer" in both.err) == (2, True)
    assert home.run("appointments", "request", "--reason", "Cough", "--with", "Nobody", "--yes").code == 6
    one = home.run("appointments", "request", "--reason", "Cough", "--with", "longer", "--dry-run", "--json")
    assert one.json["participant"][1]["actor"]["reference"] == "Practitioner/d1"


def test_a_place_without_an_address_says_so_and_none_is_not_found(portal: ScriptedPortal, home: Home) -> None:
    people = [{"actor": {"reference": "Location/l", "display": "Annex \u202eB"}, "status": "accepted"}]
    portal.add(resource("Appointment", "a3", status="booked", participant=people))
    signed_in(home, portal)
    said = home.run("appointments", "directions", "a3")
    assert "Annex" in said.out
    assert "\u202e" not in said.out
    assert "gives no address" in said.out
    assert home.run("appointments", "directions", "a1").code == 6
