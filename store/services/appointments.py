"""Appointments."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store.records import appointments
from store.records.lossless import decode
from store.services.values import Listing
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.appointments import Appointment
    from store.services.records import Records


class Appointments:
    """Appointments: those to come soonest first, those past newest first."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def list(self, *, upcoming: bool = True, past: bool = False, limit: int | None = None) -> Listing[Appointment]:
        """Upcoming appointments in the order in which they come, then past ones, as asked for."""
        now = time.time()
        wanted = Filter(kinds=("appointment",), standing=not past)
        sources = self._records.sources()
        every = [appointments.read(body, sources[row.connection]) for row, body in self._records.read_all(wanted)]
        coming = [item for item in every if item.is_upcoming(now)]
        coming.sort(key=lambda item: item.start.epoch or 0 if item.start else 0)
        gone = [item for item in every if not item.is_upcoming(now)]
        found = (coming if upcoming else []) + (gone if past else [])
        return Listing(tuple(found[:limit]), len(found))

    def show(self, appointment_id: str) -> Appointment:
        """One appointment by its id; noted in the audit trail. Raises NotFound."""
        row, body = self._records.open(appointment_id, ("Appointment",))
        return appointments.read(decode(body), self._records.sources()[row.connection])
