"""The clinic's front desk: it confirms a requested time that is free, proposes another, and closes what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox import booking
from portal_cli.sandbox.appointments import OPEN, is_patient
from portal_cli.sandbox.instants import span
from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

_REASONS = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
_OVER = {"booked": "noshow", "arrived": "fulfilled"}


class Scheduling:
    """What becomes of the Appointments that patients made here. Those of loaded data stay as they are."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def step(self) -> int:
        """Take each Appointment one step further that waits for one; gives how many moved."""
        moved = 0
        with self._repository.lock:
            for version in self._repository.everything("Appointment"):
                if version.creator:
                    with self._repository.transaction():
                        moved += self._move(version, version.resource())
        return moved

    def confirm(self, version: Version) -> Version:
        """Book a request for the first free time that was wanted.

        Raises:
            FhirError: 422 when it is no request, or no wanted time is free.
        """
        with self._repository.transaction():
            appointment = _open(version)
            free = [slot for slot in self._free(appointment) if _is_wanted(appointment, slot.resource())]
            if not free:
                raise business_rule("no time that was wanted is free: propose another")
            self._give(appointment, free[0])
            return self._repository.put(appointment, version.key, version.creator)

    def propose(self, version: Version, start: str = "") -> Version:
        """Propose a free time that begins at `start`, or the next one, and keep it until there is an answer.

        Raises:
            FhirError: 422 when it is no request, or no such time is free.
        """
        with self._repository.transaction():
            appointment = _open(version)
            wanted = booking.moment(start) if start else None
            begins = [(booking.moment(slot.resource().get("start")), slot) for slot in self._free(appointment)]
            free = [slot for moment, slot in begins if not start or moment == wanted]
            if not free:
                raise business_rule(f"no free time begins at {start}" if start else "no time is free")
            self._offer(appointment, free[0])
            return self._repository.put(appointment, version.key, version.creator)

    def decline(self, version: Version, reason: str) -> Version:
        """Call an appointment off for the practice, which says why; its time is free again.

        Raises:
            FhirError: 422 when it is over already, or no reason is given.
        """
        appointment = version.resource()
        if str(appointment.get("status")) not in OPEN:
            raise business_rule(f"an appointment that is {appointment.get('status')} stays as it is")
        if not reason:
            raise business_rule("an appointment is declined with a reason, which the patient is told")
        with self._repository.transaction():
            booking.release(self._repository, appointment)
            coding = {"system": _REASONS, "code": "prov"}
            appointment |= {"status": "cancelled", "cancelationReason": {"coding": [coding], "text": reason}}
            return self._repository.put(appointment, version.key, version.creator)

    def _move(self, version: Version, appointment: Json) -> bool:
        status, now = str(appointment.get("status")), self._repository.now()
        end, start = booking.moment(appointment.get("end")), booking.moment(appointment.get("start"))
        if status == "proposed":
            found = self._time_for(version, appointment)
            if not found:
                return False
            self._give(appointment, found)
        elif status in _OVER and end and end <= now:
            appointment["status"] = _OVER[status]
        elif status == "pending" and start and start <= now:
            booking.reopen(self._repository, appointment)
        else:
            return False
        self._repository.put(appointment, version.key, version.creator)
        return True

    def _time_for(self, version: Version, appointment: Json) -> Version | None:
        """The slot for a request: the first free one at a wanted time, else the first one after now."""
        past = self._repository.history("Appointment", version.key)
        refused = {text for each in past if not each.is_deleted for text in follow(each.resource(), "slot.reference")}
        free = [slot for slot in self._free(appointment) if slot.name not in refused]
        wanted = [slot for slot in free if _is_wanted(appointment, slot.resource())]
        return next(iter([*wanted, *free]), None)

    def _free(self, appointment: Json) -> list[Version]:
        """Free slots of the people who are asked for, soonest first."""
        people = {
            target
            for text in follow(appointment, "participant.actor.reference")
            if (target := local_target(str(text), self._repository.base_url)) and target.startswith("Practitioner")
        }
        found: list[tuple[datetime, Version]] = []
        for version in self._repository.everything("Slot"):
            slot = version.resource()
            start = booking.moment(slot.get("start"))
            is_open = version.is_shared and slot.get("status") == "free" and start and start > self._repository.now()
            if start and is_open and (not people or people & set(self._actors(slot))):
                found.append((start, version))
        return [version for _, version in sorted(found, key=lambda pair: (pair[0], pair[1].key))]

    def _actors(self, slot: Json) -> Iterator[str]:
        for text in follow(slot, "schedule.reference"):
            kind, _, key = (local_target(str(text), self._repository.base_url) or "").partition("/")
            schedule = self._repository.current(kind, key) if kind == "Schedule" else None
            if schedule and not schedule.is_deleted:
                yield from map(str, follow(schedule.resource(), "actor.reference"))

    def _give(self, appointment: Json, version: Version) -> None:
        """Book a request for a wanted time; another time is only proposed, and kept until there is an answer."""
        slot = version.resource()
        appointment["slot"] = [{"reference": version.name}]
        self._introduce(appointment, slot)
        if _is_wanted(appointment, slot):
            booking.hold(self._repository, appointment, "busy")
            booking.confirm(appointment, slot, slot)
            return
        self._offer(appointment, version)

    def _offer(self, appointment: Json, version: Version) -> None:
        """Propose a time, which is kept until there is an answer."""
        slot = version.resource()
        appointment["slot"] = [{"reference": version.name}]
        self._introduce(appointment, slot)
        booking.hold(self._repository, appointment, "busy-tentative")
        booking.give_time(appointment, slot, slot)
        appointment["status"] = "pending"
        for participant in follow(appointment, "participant"):
            if isinstance(participant, dict):
                participant["status"] = "needs-action" if is_patient(participant) else "accepted"

    def _introduce(self, appointment: Json, slot: Json) -> None:
        """Name who and where the patient is going to see, if the request left that open."""
        named = {str(text) for text in follow(appointment, "participant.actor.reference")}
        for actor in self._actors(slot):
            if actor not in named:
                appointment["participant"].append({"actor": {"reference": actor}, "status": "accepted"})


def _open(version: Version) -> Json:
    appointment = version.resource()
    if appointment.get("status") not in {"proposed", "waitlist"}:
        raise business_rule(f"an appointment that is {appointment.get('status')} is no request")
    return appointment


def _is_wanted(appointment: Json, slot: Json) -> bool:
    """Say whether a slot lies in a time that was asked for; where none was, any time is wanted."""
    periods = [period for period in follow(appointment, "requestedPeriod") if isinstance(period, dict)]
    return not periods or any(_holds(period, slot) for period in periods)


def _holds(period: Json, slot: Json) -> bool:
    start, end = booking.moment(slot.get("start")), booking.moment(slot.get("end"))
    first = booking.moment(period.get("start"))
    last = span(str(period["end"])) if "end" in period else None
    if start is None or end is None:
        return False
    return (first is None or first <= start) and (last is None or end <= last.high)
