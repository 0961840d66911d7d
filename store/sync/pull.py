"""Pulling records: several streams fetch pages at once, one writer stores each page with its query's progress."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from store import failpoints
from store.errors import BadAnswer, SignInNeeded
from store.events import PageStored, QueryDone
from store.records import incoming
from store.records.lossless import decode as read_json
from store.sync import decode, plan
from store.sync.crew import Crew, Ended
from store.sync.outcome import Outcome
from store.sync.streams import Fetched, Streams
from store.vault import progress, quarantine, resources
from store.vault.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from store.errors import PortalError
    from store.events import OnEvent, ShouldStop
    from store.remote.fhir import Fhir
    from store.sync.plan import Query
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

T = TypeVar("T")


class Pull:
    """One pull over one connection. `seen` has the identities of all records that it brought, by type."""

    def __init__(self, vault: Vault, fhir: Fhir, owner: ConnectionRow, in_flight: int) -> None:
        self._vault = vault
        self._fhir = fhir
        self._owner = owner
        self._in_flight = in_flight
        self.streams = Streams(vault, fhir, owner)
        self.whose = decode.Whose(owner.base_url, owner.patient)
        self.readable: frozenset[str] = frozenset()
        self.began = int(time.time())
        self.full = False
        self.seen: dict[str, set[int]] = {}

    def sweep(self, queries: Sequence[Query], on_event: OnEvent, should_stop: ShouldStop) -> dict[str, Outcome]:
        """Sweep queries to their ends; returns what became of each, by its key.

        It stops at once when `should_stop` says so. Raises SignInNeeded when the sign-in ends midway. Either way
        what was stored by then stays, and the next run goes on.
        """
        known = self.known()
        outcomes = {item.key: Outcome(item.type, is_part=bool(item.state)) for item in queries}
        streams = {item.key: self.streams.sweep(item, known.get(item.key), full=self.full) for item in queries}
        self._gather(streams, outcomes, on_event, should_stop)
        return outcomes

    def follow(self, on_event: OnEvent, should_stop: ShouldStop) -> list[Outcome]:
        """Read what the records refer to, until nothing new is referred to. Stops and raises as `sweep` does."""
        outcomes: list[Outcome] = []
        done: set[str] = set()
        while not should_stop():
            pending = self._references(done)
            if not pending:
                break
            done |= {item.query for item in pending}
            found = {item.query: Outcome(item.type) for item in pending}
            streams = {item.query: self.streams.read(item) for item in pending}
            self._gather(streams, found, on_event, should_stop)
            outcomes += found.values()
        return outcomes

    def fetch_one(self, reference: str) -> int:
        """Read one record by its reference and store it; returns 1 when it was new or had changed, else 0.

        Raises RemoteError.
        """
        try:
            record = incoming.decode(self._fhir.read(reference) or b"")
        except ValueError as error:
            raise BadAnswer(self._owner.name, "it is not a FHIR resource in JSON") from error
        if record is None or f"{record.type}/{record.id}" != reference:
            raise BadAnswer(self._owner.name, "it is another record than the one that was asked for")
        if record.type == "Patient":
            self.whose.learn(read_json(record.body))
        with self._vault.transaction() as tx:
            return resources.store(tx, self._owner.id, [record])

    def known(self) -> dict[str, Progress]:
        """How far every query of the connection has come, by its key."""
        with self._vault.reading() as connection:
            return progress.load(connection, self._owner.id)

    def run(
        self,
        streams: Mapping[str, Callable[[], Iterator[T]]],
        take: Callable[[list[T]], None],
        should_stop: ShouldStop,
    ) -> Iterator[Ended]:
        """Run streams and hand on what they bring, some of it at a time; gives each stream's end.

        Raises SignInNeeded when the sign-in ends midway, and what a stream fails with unforeseen.
        """
        crew = Crew(streams, self._in_flight)
        running = len(streams)
        ended: PortalError | None = None
        try:
            while running and not should_stop():
                batch = crew.batch()
                take([item for item in batch if not isinstance(item, Ended)])
                for item in batch:
                    if isinstance(item, Ended):
                        running -= 1
                        if item.unforeseen:
                            raise item.unforeseen
                        ended = item.error if isinstance(item.error, SignInNeeded) else ended
                        yield item
        finally:
            crew.halt()
        if ended:
            raise ended

    def _gather(
        self,
        streams: Mapping[str, Callable[[], Iterator[Fetched]]],
        outcomes: dict[str, Outcome],
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        """Run streams of pages, store what they bring, and note how each of them ended."""

        def take(pages: list[Fetched]) -> None:
            self._store(pages, outcomes, on_event)

        for item in self.run(streams, take, should_stop):
            outcome = outcomes[item.key]
            outcome.error, outcome.is_ended = item.error, True
            on_event(QueryDone(self._owner.name, outcome.type, str(item.error) if item.error else None))

    def _store(self, pages: list[Fetched], outcomes: dict[str, Outcome], on_event: OnEvent) -> None:
        if not pages:
            return
        failpoints.reach("sync.fetched")
        stored: list[tuple[Fetched, int, int]] = []
        with self._vault.transaction() as tx:
            for page in pages:
                received, changed = self._store_page(tx, page, outcomes[page.key])
                failpoints.reach("sync.page")
                stored.append((page, received, changed))
            failpoints.reach("sync.commit")
        failpoints.reach("sync.stored")
        for page, received, changed in stored:
            outcome = outcomes[page.key]
            outcome.received += received
            outcome.changed += changed
            on_event(PageStored(self._owner.name, page.progress.type, received, changed))

    def _store_page(self, tx: Transaction, page: Fetched, outcome: Outcome) -> tuple[int, int]:
        """Store what a page holds; returns how many records it brought, and how many were new or had changed.

        What the vault has already, byte for byte, is neither read nor written again, except in a full sync.
        """
        bodies, known = (page.bodies, 0) if self.full else self._fresh(tx, page)
        found = decode.decode_all(bodies, self.whose)
        changed = resources.store(tx, self._owner.id, found.records, keeps_newer=not self.full)
        self._set_aside(tx, page, found)
        references: set[tuple[str, str]] = set()
        for record in found.records:
            self._note_seen(record.type, resources.identity(self._owner.id, record.type, record.id))
            references |= decode.references(record.body, self._owner.base_url, self.readable)
        progress.add_missing(tx, [self._reference(*found) for found in sorted(references)])
        outcome.problems += [*map(str, found.unusable), *found.failures]
        progress.save(tx, _as_far_as(page.progress, outcome))
        outcome.is_whole = page.is_whole
        return len(found.records) + known, changed

    def _fresh(self, tx: Transaction, page: Fetched) -> tuple[list[bytes], int]:
        """Those bodies of a page that the vault does not have just so, and how many it has."""
        known = resources.unchanged(tx.connection, self._owner.id, page.bodies)
        for place in known:
            if name := incoming.name(page.bodies[place]):
                self._note_seen(name[0], resources.identity(self._owner.id, *name))
        fresh = [body for place, body in enumerate(page.bodies) if place not in known]
        return fresh, len(known)

    def _note_seen(self, type_name: str, identity: int) -> None:
        self.seen.setdefault(type_name, set()).add(identity)

    def _set_aside(self, tx: Transaction, page: Fetched, found: decode.Decoded) -> None:
        now = int(time.time())
        quarantine.release(tx, self._owner.id, {f"{record.type}/{record.id}" for record in found.records})
        for item in found.unusable:
            row = quarantine.Unusable(self._owner.id, page.progress.type, item.name, item.why, now)
            quarantine.put(tx, row, item.body)

    def _reference(self, type_name: str, record_id: str) -> Progress:
        return Progress(self._owner.id, f"{plan.READ_PREFIX}{type_name}/{record_id}", type_name)

    def _references(self, done: set[str]) -> list[Progress]:
        """The records that others refer to and that this run has not asked for yet."""
        return [
            item
            for key, item in self.known().items()
            if key.startswith(plan.READ_PREFIX)
            and key not in done
            and item.type in self.readable
            and (self.full or item.error is None)
        ]


def _as_far_as(reached: Progress, outcome: Outcome) -> Progress:
    """The progress to keep: a sweep in which something could not be used was not complete, and is made anew."""
    return replace(reached, complete_to=None, full_sweep=None) if outcome.problems else reached
