"""Appointments."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import NotFound
from store.light import dataclass
from store.records import appointments, elements, places
from store.records.lossless import decode
from store.records.source import NOWHERE
from store.records.text import sanitize
from store.services import unsent
from store.services.naming import Names, with_names
from store.services.values import Listing
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.export.calendar import Calendar, Visit
    from store.records.appointments import Appointment
    from store.records.elements import Json
    from store.records.places import Place
    from store.services.records import Records
    from store.vault.reading import Row
    from store.vault.vault import Vault


@dataclass(frozen=True)
class Which:
    """Which appointments are meant: any of these, and of them those that end at `since` (an epoch) or later.

    `requested` are those that no time is agreed for yet, also requests that the portal has not confirmed.
    """

    upcoming: bool = True
    past: bool = False
    requested: bool = False
    since: float | None = None


class Appointments:
    """Appointments: those to come soonest first, those past newest first."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    def list(
        self, *, upcoming: bool = True, past: bool = False, limit: int | None = None, which: Which | None = None
    ) -> Listing[Appointment]:
        """Upcoming appointments in the order in which they come, then past ones, as asked for; `which` says more."""
        wanted = which or Which(upcoming, past)
        found = [visit for visit, _, _ in self._every(wanted)]
        if wanted.requested:
            found = [*self._waiting(), *found]
        return Listing(tuple(found[:limit]), len(found))

    def show(self, appointment_id: str) -> Appointment:
        """One appointment by its id, or the request for one; noted in the audit trail. Raises NotFound."""
        if waiting := next((visit for visit in self._waiting() if visit.id == appointment_id), None):
            self._records.note_read(f"request {appointment_id}")
            return waiting
        row, body = self._records.open(appointment_id, ("Appointment",))
        found = appointments.read(decode(body), self._records.sources()[row.connection])
        with self._vault.reading() as connection:
            return with_names(found, Names(connection, row.connection))

    def directions(self, appointment_id: str) -> tuple[Place, ...]:
        """The places of an appointment, for finding the way. Raises NotFound when it names none that is known."""
        row, body = self._records.open(appointment_id, ("Appointment",))
        found = []
        for actor in appointments.actors(decode(body)):
            type_name, record_id = elements.target(elements.reference(actor))
            if type_name != "Location":
                continue
            wanted = Filter(connections=(row.connection,), types=("Location",), record_id=record_id, limit=1)
            held = next((place for _, place in self._records.read_all(wanted)), {})
            found.append(_named(places.read(held), actor))
        if not found:
            raise NotFound("place of the appointment", appointment_id)
        return tuple(found)

    def calendar(self, which: Which, *, with_details: bool = False) -> Calendar:
        """Appointments as iCalendar, with those that were cancelled, so that a calendar takes them out again."""
        # Deferred: only this needs it.
        from store.export import calendar  # noqa: PLC0415

        now = time.time()
        found = [self._visit(row, body) for _, row, body in self._every(which, with_cancelled=True)]
        return calendar.write(found, with_details=with_details, now=now)

    def calendar_of(self, appointment_id: str, *, with_details: bool = False) -> Calendar:
        """One appointment as iCalendar; noted in the audit trail. Raises NotFound."""
        from store.export import calendar  # noqa: PLC0415 - as in calendar

        row, body = self._records.open(appointment_id, ("Appointment",))
        return calendar.write([self._visit(row, decode(body))], with_details=with_details, now=time.time())

    def _every(self, which: Which, *, with_cancelled: bool = False) -> Iterator[tuple[Appointment, Row, Json]]:
        """Those that are meant, in order, each with its record."""
        now = time.time()
        sources = self._records.sources()
        is_every = which.past or with_cancelled
        statuses = () if is_every else tuple(sorted(appointments.COMING))
        wanted = Filter(kinds=("appointment",), statuses=statuses, standing=not is_every)
        ahead: list[tuple[Appointment, Row, Json]] = []
        behind: list[tuple[Appointment, Row, Json]] = []
        for row, body in self._records.read_all(wanted):  # no more is kept of very many than what is meant
            visit = appointments.read(body, sources[row.connection])
            if which.since is not None and _ends(visit) < which.since:
                continue
            if visit.is_upcoming(now):
                if which.upcoming or (which.requested and visit.is_requested):
                    ahead.append((visit, row, body))
            elif which.past or (with_cancelled and visit.is_called_off(now)):
                behind.append((visit, row, body))
        ahead.sort(key=lambda one: one[0].start.epoch or 0 if one[0].start else 0)
        with self._vault.reading() as connection:
            names = {owner: Names(connection, owner) for owner in sources}
            for visit, row, body in (*ahead, *behind):
                yield with_names(visit, names[row.connection]), row, body

    def _waiting(self) -> Iterator[Appointment]:
        """Requests that the portal has not confirmed, oldest first; their status is where they stand here."""
        sources = self._records.sources()
        with self._vault.reading() as connection:
            for item in list(unsent.new_records(connection, self._records.scope.ids(connection), "Appointment")):
                found = appointments.read(decode(item.body), sources.get(item.connection, NOWHERE))
                found = replace(found, id=sanitize(item.id), status=sanitize(item.state))
                yield with_names(found, Names(connection, item.connection))

    def _visit(self, row: Row, body: Json) -> Visit:
        from store.export.calendar import Visit  # noqa: PLC0415 - as in calendar

        with self._vault.reading() as connection:
            addresses = {owner.id: owner.base_url for owner in self._records.scope.owners(connection)}
        return Visit(appointments.read(body), body, addresses[row.connection])


def _ends(appointment: Appointment) -> float:
    moment = appointment.end or appointment.start
    return moment.epoch if moment and moment.epoch is not None else float("inf")


def _named(place: Place, actor: Json) -> Place:
    """A place under the name that the appointment gives it, where it has none of its own."""
    return place if place.name else replace(place, name=elements.reference_words(actor))
