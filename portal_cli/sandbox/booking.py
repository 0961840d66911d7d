"""Slots: an appointment that names free ones is booked at once, and one that is cancelled gives them back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.appointments import is_patient, own_answer
from portal_cli.sandbox.instants import span
from portal_cli.sandbox.outcomes import FhirError, business_rule
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

CHECK_IN_OPENS = timedelta(hours=2)  # before the appointment begins
_HELD = frozenset({"busy", "busy-tentative"})


def book(repository: Repository, appointment: Json) -> None:
    """Book a new Appointment when it names slots: it, its participants and the slots change together.

    Call inside a transaction of the repository.

    Raises:
        FhirError: 409 when a slot is taken, 422 when there is no such slot, it has passed, or is at another time.
    """
    slots = list(_slots(repository, appointment))
    for version, slot in slots:
        if slot.get("status") != "free":
            raise FhirError(409, "conflict", f"{version.name} is no longer free: choose another")
        start = moment(slot.get("start"))
        if start and start <= repository.now():
            raise business_rule(f"{version.name} has passed: choose another")
    if slots:
        _check_time(appointment, slots[0][1], slots[-1][1])
        hold(repository, appointment, "busy")
        confirm(appointment, slots[0][1], slots[-1][1])


def confirm(appointment: Json, first: Json, last: Json) -> None:
    """Make an Appointment booked, at the time of its slots, with everybody taking part."""
    appointment["status"] = "booked"
    give_time(appointment, first, last)
    for participant in follow(appointment, "participant"):
        if isinstance(participant, dict):
            participant["status"] = "accepted"


def give_time(appointment: Json, first: Json, last: Json) -> None:
    """Give an Appointment without a time that of its slots."""
    if "start" not in appointment and "start" in first and "end" in last:
        appointment |= {"start": first["start"], "end": last["end"]}


def hold(repository: Repository, appointment: Json, status: str) -> None:
    """Set every slot of an Appointment to a status; call inside a transaction."""
    for version, slot in _slots(repository, appointment):
        repository.put({**slot, "status": status}, version.key)


def release(repository: Repository, appointment: Json) -> None:
    """Free the slots that an Appointment holds; call inside a transaction."""
    for version, slot in _slots(repository, appointment):
        if slot.get("status") in _HELD:
            repository.put({**slot, "status": "free"}, version.key)


def follow_up(repository: Repository, before: Json, after: Json) -> None:
    """Do what a patient's change of an Appointment brings with it, in the change as well; call inside a transaction.

    Raises:
        FhirError: 422 when it is not the time for that step.
    """
    step = (before.get("status"), after.get("status"))
    if step == ("booked", "arrived"):
        _check_in(repository, before)
    elif step[1] == "cancelled":
        _check_not_begun(repository, before)
        release(repository, before)
    elif step == ("pending", "pending") and own_answer(before) != own_answer(after):
        settle(repository, after, own_answer(after))


def settle(repository: Repository, appointment: Json, answer: str, wish: Json | None = None) -> None:
    """Take a patient's answer to the time that the clinic proposed, in the Appointment; call inside a transaction.

    Accepted, it is booked; declined, it is a request again, for the time of `wish` if there is one.

    Raises:
        FhirError: 422 for an Appointment that waits for no answer, a time that has passed, or what is no answer.
    """
    if appointment.get("status") != "pending":
        raise business_rule(f"an appointment that is {appointment.get('status')} waits for no answer")
    if answer not in {"accepted", "declined", "tentative"}:
        raise business_rule("the answer to a proposed time is accepted, declined or tentative")
    start = moment(appointment.get("start"))
    if answer == "accepted" and start and start <= repository.now():
        raise business_rule("the time that was proposed has passed")
    for participant in follow(appointment, "participant"):
        if isinstance(participant, dict) and is_patient(participant):
            participant["status"] = answer
    if answer == "accepted":
        hold(repository, appointment, "busy")
        appointment["status"] = "booked"
    elif answer == "declined":
        reopen(repository, appointment)
        if wish:
            appointment["requestedPeriod"] = [wish]


def reopen(repository: Repository, appointment: Json) -> None:
    """Make a request again of an Appointment whose time was not taken, and free that; call inside a transaction."""
    release(repository, appointment)
    for name in ("start", "end", "slot"):
        appointment.pop(name, None)
    appointment["status"] = "proposed"
    for participant in follow(appointment, "participant"):
        if isinstance(participant, dict):
            participant["status"] = "needs-action"


def moment(text: object) -> datetime | None:
    """Read when a FHIR date begins; None when it is none."""
    found = span(text) if isinstance(text, str) else None
    return found.low if found else None


def _check_time(appointment: Json, first: Json, last: Json) -> None:
    for name, slot in (("start", first), ("end", last)):
        if name in appointment and moment(appointment[name]) != moment(slot.get(name)):
            raise business_rule(f"the {name} of the appointment is not that of its slot")


def _check_in(repository: Repository, appointment: Json) -> None:
    start, end = moment(appointment.get("start")), moment(appointment.get("end"))
    now = repository.now()
    if start and now < start - CHECK_IN_OPENS:
        raise business_rule("it is too early to check in: that is possible from 2 hours before the appointment")
    if end and now >= end:
        raise business_rule("it is too late to check in: the appointment is over")


def _check_not_begun(repository: Repository, appointment: Json) -> None:
    start = moment(appointment.get("start"))
    if appointment.get("status") == "booked" and start and start <= repository.now():
        raise business_rule("an appointment that has begun cannot be cancelled: call the practice")


def _slots(repository: Repository, appointment: Json) -> Iterator[tuple[Version, Json]]:
    for text in follow(appointment, "slot.reference"):
        target = local_target(text, repository.base_url) if isinstance(text, str) else None
        kind, _, key = (target or "").partition("/")
        version = repository.current(kind, key) if kind == "Slot" else None
        if version is None or version.is_deleted or not version.is_shared:
            raise business_rule(f"there is no slot {text!r} here")
        yield version, version.resource()
