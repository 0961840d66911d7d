"""The state of things at a glance: what the status card and the dashboard's home show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import labs
from store.records.refills import CHANGE, OPEN
from store.services.people import NOBODY, Shown
from store.vault import conflicts, outbox, reading

if TYPE_CHECKING:
    from store.records.appointments import Appointment
    from store.records.dates import FhirDate
    from store.records.labs import LabResult
    from store.services.appointments import Appointments
    from store.services.labs import Labs
    from store.services.messages import Messages, Thread
    from store.services.people import People
    from store.services.portals import Portals, PortalSummary
    from store.services.records import Records
    from store.services.refills import RefillRow, Refills
    from store.vault.vault import Vault

_DAYS_WORTH = 4  # how many times more results are looked at than shown, so that a large panel hides none out of range


@dataclass(frozen=True)
class Status:
    """The status card.

    `synced` is when the oldest-synced portal was last in step; `needs_sign_in` is whether the sign-in at one of the
    portals has ended; `waiting` counts what the outbox has for the portals, `conflicts` what waits for a decision of
    the patient's, `proposals` the times that practices have proposed and that wait for an answer, `changes` what
    practices were asked to change and have not settled; `refills` are the requests that are not settled. `shown` is
    whose chart all of it is of.
    """

    portals: tuple[PortalSummary, ...]
    synced: FhirDate | None
    records: int
    unread: int
    next_appointment: Appointment | None
    waiting: int
    needs_sign_in: bool
    conflicts: int = 0
    shown: Shown = NOBODY
    refills: tuple[RefillRow, ...] = ()
    changes: int = 0
    proposals: int = 0

    @property
    def asks(self) -> bool:
        """Whether anything waits for the patient: a sign-in, a decision, or an answer."""
        return self.needs_sign_in or self.conflicts > 0 or self.proposals > 0


@dataclass(frozen=True)
class Home:
    """The dashboard's home: what comes, what is new, what waits. Each part is cut to what a screen can show."""

    status: Status
    upcoming: tuple[Appointment, ...]
    results: tuple[LabResult, ...]
    threads: tuple[Thread, ...]
    refills: tuple[RefillRow, ...]


def _telling(results: tuple[LabResult, ...]) -> tuple[LabResult, ...]:
    """Results with the newest day first, and of one day the critical ones, then those out of range, then the others."""
    return tuple(sorted(results, key=lambda result: (_day(result), _weight(result)), reverse=True))


def _weight(result: LabResult) -> int:
    return (result.flag not in labs.NOT_ABNORMAL) + result.flag.startswith("critical")


def _day(result: LabResult) -> str:
    return result.date.day() if result.date else ""


class Overview:
    """Summaries drawn from the whole vault."""

    def __init__(  # noqa: PLR0913, PLR0917 - it draws on every noun that the home shows
        self,
        vault: Vault,
        portals: Portals,
        records: Records,
        labs: Labs,
        appointments: Appointments,
        messages: Messages,
        refills: Refills,
        people: People,
    ) -> None:
        self._vault = vault
        self._portals = portals
        self._records = records
        self._labs = labs
        self._appointments = appointments
        self._messages = messages
        self._refills = refills
        self._people = people

    def status(self) -> Status:
        """The state of things in one value."""
        return self._status(self._appointments.list().items, self._messages.list().items)

    def _status(self, upcoming: tuple[Appointment, ...], threads: tuple[Thread, ...]) -> Status:
        portals = self._portals.meant()
        synced = [portal.synced for portal in portals if not portal.is_imported]
        with self._vault.reading() as connection:
            meant = self._records.scope.ids(connection)
            waiting = len(outbox.waiting(connection, meant))
            open_conflicts = len(conflicts.waiting(connection, meant))
            asked = reading.rows(connection, reading.Filter(connections=meant, kinds=(CHANGE,)))
        return Status(
            portals=portals,
            synced=min(filter(None, synced), key=lambda date: date.epoch or 0) if all(synced) and synced else None,
            records=sum(self._records.counts().values()),
            unread=sum(thread.unread for thread in threads),
            next_appointment=upcoming[0] if upcoming else None,
            waiting=waiting,
            needs_sign_in=not all(portal.is_signed_in or portal.is_imported for portal in portals),
            conflicts=open_conflicts,
            shown=self._people.shown(),
            refills=self._refills.unsettled(),
            changes=sum(row.status in OPEN for row in asked),
            proposals=sum(visit.awaits_answer for visit in upcoming),
        )

    def home(self, limit: int = 12) -> Home:
        """What the dashboard's home shows, each list at most `limit` long."""
        upcoming, threads = self._appointments.list().items, self._messages.list().items
        return Home(
            status=self._status(upcoming, threads),
            upcoming=upcoming[:limit],
            results=_telling(self._labs.list(limit=limit * _DAYS_WORTH).items)[:limit],
            threads=threads[:limit],
            refills=self._refills.list(limit=limit).items,
        )
