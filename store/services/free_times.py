"""Free times of clinicians: asked of the portal now, and found again by the number or id in the list of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.errors import NotFound
from store.records import elements, free_times
from store.records.lossless import decode, encode
from store.services.scope import source_of
from store.services.values import Listing
from store.vault import reading, shown
from store.vault.audit import Entry

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.free_times import FreeTime
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.engine import DbConnection
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_LIST = "free_times"
_DAY = 86_400
_LAST = 253_402_214_400.0  # where the last day of the year 9999 begins, after which no date can be written
DAYS = 14
"""How many days ahead free times are looked for where nobody says."""


@dataclass(frozen=True)
class Found:
    """A free time of the last list: the connection it is at, its Slot and its Schedule, and what people see of it."""

    connection: int
    slot: Json
    schedule: Json
    row: FreeTime


class FreeTimes:
    """Times that can be booked."""

    def __init__(self, vault: Vault, records: Records, portals: Portals, sync: Sync) -> None:
        self._vault = vault
        self._records = records
        self._portals = portals
        self._sync = sync

    def list(self, clinician: str = "", start: float | None = None, days: int = DAYS) -> Listing[FreeTime]:
        """Free times from `start` (now) for some days, soonest first; remembered, so that a number names one.

        Raises NotOffered, SignInNeeded, Unreachable, Rejected, Ambiguous.
        """
        owner = self._portals.choose()
        self._sync.check_offers(owner, "Slot", "search-type", "s", "a list of free times")
        begin = max(start or 0.0, time.time())
        end = (start or begin) + days * _DAY
        pairs = self._fetch(owner, min(begin, _LAST), min(end, _LAST))
        rows = [self._row(owner, slot, schedule, 0) for slot, schedule in pairs]
        wanted = [pair for pair, row in zip(pairs, rows, strict=True) if _is_with(row, clinician)]
        kept = [{"connection": owner.id, "slot": slot, "schedule": schedule} for slot, schedule in wanted]
        with self._vault.transaction() as tx:
            shown.remember(tx, _LIST, encode({"times": kept}).decode())
            tx.audit(Entry("search", f"{len(kept)} free times", f"Patient/{owner.patient}"))
        numbered = [self._row(owner, *pair, number) for number, pair in enumerate(wanted, start=1)]
        return Listing(tuple(numbered), len(numbered))

    def people(self, connection_id: int) -> dict[str, str]:
        """The people of the last list at one connection: reference (`Practitioner/id`) and name."""
        with self._vault.reading() as connection:
            known = _listed(connection)
        actors = [
            actor
            for one in known
            if one["connection"] == connection_id
            for actor in free_times.actors_of(one["schedule"])
        ]
        named = {"/".join(elements.target(elements.reference(actor))): actor.get("display") for actor in actors}
        return {
            reference: name
            for reference, name in named.items()
            if reference.startswith("Practitioner/") and isinstance(name, str)
        }

    def find(self, named: str) -> Found:
        """A time of the last list, by its number there or the id of its Slot. Raises NotFound."""
        with self._vault.reading() as connection:
            meant = self._records.scope.ids(connection)
            for number, one in enumerate(_listed(connection), start=1):
                is_named = named.removeprefix("Slot/") in {str(number), one["slot"]["id"]}
                if is_named and one["connection"] in meant:
                    owner = reading.owner(connection, one["connection"])
                    row = self._row(owner, one["slot"], one["schedule"], number)
                    return Found(owner.id, one["slot"], one["schedule"], row)
        raise NotFound("free time", named)

    def _fetch(self, owner: ConnectionRow, start: float, end: float) -> tuple[tuple[Json, Json], ...]:
        # Deferred: what only reads the vault does not load the network.
        from store.remote import discovery  # noqa: PLC0415
        from store.sync import free_times as asking  # noqa: PLC0415

        capability = discovery.read_capability(owner.capability, owner.base_url)
        with self._sync.line(owner.id) as line:
            return tuple(asking.fetch(line.fhir, capability, start, end))

    @staticmethod
    def _row(owner: ConnectionRow, slot: Json, schedule: Json, number: int) -> FreeTime:
        source = source_of(owner)
        return free_times.read(slot, schedule, number, source.portal, source.patient)


def _listed(connection: DbConnection) -> list[Json]:
    content = shown.recall(connection, _LIST)
    found: list[Json] = decode(content.encode())["times"] if content else []
    return found


def _is_with(row: FreeTime, clinician: str) -> bool:
    wanted = clinician.casefold()
    return not wanted or any(wanted in name.casefold() for name in row.clinicians)
