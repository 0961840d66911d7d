"""Pulling records: several streams fetch pages at once, one writer stores each page with its query's progress."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import BadAnswer, PortalError, Rejected, SignInNeeded
from store.events import PageStored, QueryDone
from store.records import incoming
from store.sync import decode, plan
from store.sync.crew import Crew, Ended
from store.sync.streams import FORBIDDEN, Fetched, Streams
from store.vault import progress, resources
from store.vault.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from store.events import OnEvent, ShouldStop
    from store.remote.fhir import Fhir
    from store.sync.plan import Query
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault


@dataclass
class Outcome:
    """What became of one query: records received and changed, the sentence of a failure, or a refusal."""

    type: str
    received: int = 0
    changed: int = 0
    error: PortalError | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether the portal said at once that this is not for this patient or not there; no failure, but a gap."""
        return isinstance(self.error, Rejected) and self.error.status in FORBIDDEN and not self.received


class Pull:
    """One pull over one connection."""

    def __init__(self, vault: Vault, fhir: Fhir, owner: ConnectionRow, in_flight: int) -> None:
        self._vault = vault
        self._fhir = fhir
        self._owner = owner
        self._in_flight = in_flight
        self._streams = Streams(vault, fhir, owner)
        self._full = False
        self.readable: frozenset[str] = frozenset()

    def run(self, queries: Sequence[Query], *, full: bool, on_event: OnEvent, should_stop: ShouldStop) -> list[Outcome]:
        """Sweep every query, then read what the records refer to, until nothing new is referred to.

        It stops at once when `should_stop` says so. Raises SignInNeeded when the sign-in ends midway. Either way
        what was stored by then stays, and the next run goes on.
        """
        self._full = full
        known = self._known()
        sweeps = {
            query.key: (query.type, self._streams.sweep(query, known.get(query.key), full=full)) for query in queries
        }
        outcomes = self._gather(sweeps, on_event, should_stop)
        done: set[str] = set()
        while not should_stop():
            pending = self._references(done, full=full)
            if not pending:
                break
            done |= {item.query for item in pending}
            reads = {item.query: (item.type, self._streams.read(item)) for item in pending}
            outcomes += self._gather(reads, on_event, should_stop)
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
        with self._vault.transaction() as tx:
            return resources.store(tx, self._owner.id, [record])

    def _gather(
        self,
        streams: dict[str, tuple[str, Callable[[], Iterator[Fetched]]]],
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> list[Outcome]:
        """Run streams of pages, store what they bring, and collect how each of them ended."""
        outcomes = {key: Outcome(type_name) for key, (type_name, _) in streams.items()}
        crew = Crew({key: stream for key, (_, stream) in streams.items()}, self._in_flight)
        running = len(streams)
        try:
            while running and not should_stop():
                batch = crew.batch()
                self._store([item for item in batch if isinstance(item, Fetched)], outcomes, on_event)
                for item in batch:
                    if isinstance(item, Ended):
                        running -= 1
                        self._note_end(item, outcomes[item.key], on_event)
        finally:
            crew.halt()
        ended = next((item.error for item in outcomes.values() if isinstance(item.error, SignInNeeded)), None)
        if ended:
            raise ended
        return list(outcomes.values())

    def _store(self, pages: list[Fetched], outcomes: dict[str, Outcome], on_event: OnEvent) -> None:
        if not pages:
            return
        failpoints.reach("sync.fetched")
        stored: list[tuple[Fetched, int, int]] = []
        with self._vault.transaction() as tx:
            for page in pages:
                decoded = decode.decode_all(page.bodies)
                changed = resources.store(tx, self._owner.id, decoded.records, keeps_newer=not self._full)
                outcomes[page.key].problems += decoded.problems
                failpoints.reach("sync.page")
                progress.save(tx, _as_far_as(page.progress, outcomes[page.key]))
                self._note_references(tx, page)
                stored.append((page, len(decoded.records), changed))
            failpoints.reach("sync.commit")
        failpoints.reach("sync.stored")
        for page, received, changed in stored:
            outcomes[page.key].received += received
            outcomes[page.key].changed += changed
            on_event(PageStored(self._owner.name, page.progress.type, received, changed))

    def _note_references(self, tx: Transaction, page: Fetched) -> None:
        found: set[tuple[str, str]] = set()
        for body in page.bodies:
            found |= decode.references(body, self._owner.base_url, self.readable)
        progress.add_missing(
            tx,
            [
                Progress(self._owner.id, f"{plan.READ_PREFIX}{type_name}/{record_id}", type_name)
                for type_name, record_id in sorted(found)
            ],
        )

    def _note_end(self, ended: Ended, outcome: Outcome, on_event: OnEvent) -> None:
        if ended.unforeseen:
            raise ended.unforeseen
        outcome.error = ended.error
        on_event(QueryDone(self._owner.name, outcome.type, str(ended.error) if ended.error else None))

    def _references(self, done: set[str], *, full: bool) -> list[Progress]:
        """The records that others refer to and that this run has not asked for yet."""
        return [
            item
            for key, item in self._known().items()
            if key.startswith(plan.READ_PREFIX)
            and key not in done
            and item.type in self.readable
            and (full or item.error is None)
        ]

    def _known(self) -> dict[str, Progress]:
        with self._vault.reading() as connection:
            return progress.load(connection, self._owner.id)


def _as_far_as(reached: Progress, outcome: Outcome) -> Progress:
    """The progress to keep: a sweep in which something could not be used was not complete, and is made anew."""
    return replace(reached, complete_to=None, full_sweep=None) if outcome.problems else reached
