"""Pulling records: several streams fetch pages at once, one writer stores each page with its query's progress."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from store import failpoints
from store.errors import BadAnswer, SignInNeeded
from store.events import PageStored, QueryDone
from store.records import attachments, incoming
from store.records.lossless import decode as read_json
from store.sync import plan, wording
from store.sync.crew import Crew, Ended, Steps, nothing
from store.sync.decode import Whose
from store.sync.outcome import Outcome
from store.sync.prepared import Preparing
from store.sync.streams import Streams
from store.vault import progress, quarantine, resources
from store.vault.places import Places
from store.vault.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from store.errors import PortalError
    from store.events import OnEvent, ShouldStop
    from store.records.incoming import Incoming
    from store.remote.fhir import Fhir
    from store.sync.decode import Unusable
    from store.sync.plan import Query
    from store.sync.prepared import Prepared
    from store.sync.streams import Fetched
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

T = TypeVar("T")
P = TypeVar("P")


class Pull:
    """One pull over one connection.

    `seen` has the keys of all records that it brought, also of unchanged ones, `unusable` the names of what it brought
    and could not use, `with_documents` the keys of what may have
    documents that search is to read. `ready` is called before anything that streams bring is looked at.
    """

    def __init__(self, vault: Vault, fhir: Fhir, owner: ConnectionRow, in_flight: int) -> None:
        self._vault = vault
        self._fhir = fhir
        self._owner = owner
        self._in_flight = in_flight
        self.streams = Streams(vault, fhir, owner)
        self.preparing = Preparing(vault, owner, Whose(owner.base_url, owner.patient))
        self.began = int(time.time())
        self.seen = Places()
        self.unusable: set[str] = set()
        self.with_documents: set[int] = set()
        self.ready: Callable[[], None] = nothing

    def close(self) -> None:
        """Let go of what it has besides the vault and the portal's line."""
        self.preparing.companion.close()

    def sweep(self, queries: Sequence[Query], on_event: OnEvent, should_stop: ShouldStop) -> dict[str, Outcome]:
        """Sweep queries to their ends; returns what became of each, by its key.

        It stops at once when `should_stop` says so. Raises SignInNeeded when the sign-in ends midway. Either way
        what was stored by then stays, and the next run goes on.
        """
        known = self.known()
        outcomes = {item.key: Outcome(item.type, is_part=bool(item.state)) for item in queries}
        streams = {
            item.key: self.streams.sweep(item, known.get(item.key), full=self.preparing.full) for item in queries
        }
        self.gather(streams, outcomes, on_event, should_stop)
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
            self.gather(streams, found, on_event, should_stop)
            outcomes += found.values()
        return outcomes

    def fetch_one(self, reference: str) -> int:
        """Read one record by its reference and store it; returns 1 when it was new or had changed, else 0.

        Raises RemoteError.
        """
        return self.store_one(self.read_one(reference))

    def read_one(self, reference: str) -> Incoming:
        """Read one record by its reference; the patient's own tells who else the patient is. Raises RemoteError."""
        try:
            record = incoming.decode(self._fhir.read(reference) or b"")
        except ValueError as error:
            raise BadAnswer(self._owner.name, "it is not a FHIR resource in JSON") from error
        if record is None or f"{record.type}/{record.id}" != reference:
            raise BadAnswer(self._owner.name, "it is another record than the one that was asked for")
        if record.type == "Patient":
            self.preparing.whose.learn(read_json(record.body))
        return record

    def store_one(self, record: Incoming) -> int:
        """Store one record; returns 1 when it was new or had changed, else 0."""
        with self._vault.transaction() as tx:
            return resources.store(tx, self._owner.id, [record])

    def known(self) -> dict[str, Progress]:
        """How far every query of the connection has come, by its key."""
        with self._vault.reading() as connection:
            return progress.load(connection, self._owner.id)

    def run(
        self,
        streams: Mapping[str, Callable[[], Iterator[T]]],
        prepare: Callable[[T], P],
        take: Callable[[list[P]], None],
        should_stop: ShouldStop,
    ) -> Iterator[Ended]:
        """Run streams and hand on what they bring, made ready, some of it at a time; gives each stream's end.

        Raises SignInNeeded when the sign-in ends midway, and what a stream fails with unforeseen.
        """
        crew = Crew(streams, self._in_flight, Steps(self.ready, prepare, self._vault.let_go))
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

    def gather(
        self,
        streams: Mapping[str, Callable[[], Iterator[Fetched]]],
        outcomes: dict[str, Outcome],
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> None:
        """Run streams of pages, store what they bring, and note how each of them ended."""

        def take(pages: list[Prepared]) -> None:
            self._store(pages, outcomes, on_event)

        for item in self.run(streams, self.preparing.page, take, should_stop):
            outcome = outcomes[item.key]
            outcome.error, outcome.is_ended = item.error, True
            on_event(QueryDone(self._owner.name, outcome.type, str(item.error) if item.error else None))

    def _store(self, pages: list[Prepared], outcomes: dict[str, Outcome], on_event: OnEvent) -> None:
        """Store pages in one transaction, each with the progress of its query."""
        if not pages:
            return
        failpoints.reach("sync.fetched")
        records = [record for page in pages for record in page.found.records]
        self.seen.update(place for page in pages for place in page.known)
        with self._vault.transaction() as tx:
            places = resources.store_each(tx, self._owner.id, records, self.seen)
            self._note_documents(records, places)
            quarantine.release(tx, self._owner.id, ("/".join(name) for name in places))
            for page in pages:
                self._note(tx, page, outcomes[page.page.key])
                failpoints.reach("sync.page")
            failpoints.reach("sync.commit")
        failpoints.reach("sync.stored")
        for page in pages:
            self._count(page, places, outcomes[page.page.key], on_event)

    def _note_documents(self, records: Sequence[Incoming], places: dict[tuple[str, str], tuple[int, bool]]) -> None:
        """Note which new or changed records have documents for search to read once all is here."""
        looks = wording.may_have if self.preparing.is_first else attachments.may_have
        stored = ((record, *places[record.type, record.id]) for record in records)
        self.with_documents.update(pk for record, pk, is_changed in stored if is_changed and looks(record.body))

    def _note(self, tx: Transaction, page: Prepared, outcome: Outcome) -> None:
        """Note what a page says besides its records: what cannot be used, what it refers to, how far its query is."""
        found, reached = page.found, page.page.progress
        outcome.problems += [*map(str, found.unusable), *found.failures]
        for item in found.unusable:
            self.unusable.add(item.name)
            row = quarantine.Unusable(self._owner.id, _searched(reached, item), item.name, item.why, int(time.time()))
            quarantine.put(tx, row, item.body)
        progress.add_missing(tx, [self._reference(*name) for name in sorted(page.references)])
        progress.save(tx, _as_far_as(reached, outcome))

    def _count(
        self, page: Prepared, places: dict[tuple[str, str], tuple[int, bool]], outcome: Outcome, on_event: OnEvent
    ) -> None:
        stored = [places[record.type, record.id] for record in page.found.records]
        # Told of once, also where several pages hold it.
        places |= {
            (record.type, record.id): (pk, False) for record, (pk, _) in zip(page.found.records, stored, strict=True)
        }
        self.seen.update(pk for pk, _ in stored)
        received, changed = len(stored) + len(page.known), sum(is_changed for _, is_changed in stored)
        outcome.received += received
        outcome.changed += changed
        outcome.is_whole = page.page.is_whole
        on_event(PageStored(self._owner.name, page.page.progress.type, received, changed))

    def _reference(self, type_name: str, record_id: str) -> Progress:
        return Progress(self._owner.id, f"{plan.READ_PREFIX}{type_name}/{record_id}", type_name)

    def _references(self, done: set[str]) -> list[Progress]:
        """The records that others refer to and that this run has not asked for yet."""
        return [
            item
            for key, item in self.known().items()
            if key.startswith(plan.READ_PREFIX)
            and key not in done
            and item.type in self.preparing.readable
            and (self.preparing.full or item.error is None)
        ]


def _searched(reached: Progress, item: Unusable) -> str:
    """The type whose search brings something that cannot be used, also where another query has brought it."""
    type_name, has_id, _ = item.name.partition("/")
    return type_name if has_id and reached.query.endswith(progress.EVERYTHING) else reached.type


def _as_far_as(reached: Progress, outcome: Outcome) -> Progress:
    """The progress to keep: a sweep in which something could not be used was not complete, and is made anew."""
    return replace(reached, complete_to=None, full_sweep=None) if outcome.problems else reached
