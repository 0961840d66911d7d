"""Pulling records: several queries fetch pages at once, one writer stores each page with its query's progress."""

from __future__ import annotations

import datetime as dt
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import BadAnswer, InsecureAddress, PortalError, Rejected, SignInNeeded
from store.events import PageStored, QueryDone
from store.records.text import one_line
from store.remote.fhir import GONE, TRY_LATER
from store.sync import decode, plan
from store.vault import progress, reading, resources
from store.vault.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from store.events import OnEvent, ShouldStop
    from store.remote.fhir import Fhir, Page
    from store.sync.plan import Query
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Transaction, Vault

_QUEUED_PAGES = 8
_PAGES_AT_ONCE = 5
_MAX_PAGES = 20_000
_FORBIDDEN = frozenset({401, 403, 404, 405, 501})
_WAIT_SECONDS = 0.2


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
        """Whether the portal said that this is not for this patient or not there; no failure, but a gap."""
        return isinstance(self.error, Rejected) and self.error.status in _FORBIDDEN


@dataclass(frozen=True)
class _Fetched:
    """One page on its way to the writer, with the progress that storing it makes."""

    key: str
    bodies: tuple[bytes, ...]
    progress: Progress


@dataclass(frozen=True)
class _Ended:
    key: str
    error: PortalError | None


class Pull:
    """One pull over one connection."""

    def __init__(self, vault: Vault, fhir: Fhir, owner: ConnectionRow, in_flight: int) -> None:
        self._vault = vault
        self._fhir = fhir
        self._owner = owner
        self._in_flight = in_flight
        self._halt = threading.Event()
        self._room = threading.Semaphore(_QUEUED_PAGES)  # how many pages may wait for the writer
        self._arrived: queue.SimpleQueue[_Fetched | _Ended] = queue.SimpleQueue()
        self.readable: frozenset[str] = frozenset()

    def run(self, queries: Sequence[Query], *, full: bool, on_event: OnEvent, should_stop: ShouldStop) -> list[Outcome]:
        """Sweep every query, then read what the records refer to, until nothing new is referred to.

        Raises SignInNeeded when the sign-in ends midway; what was stored by then stays and the next run goes on.
        """
        with self._vault.reading() as connection:
            known = progress.load(connection, self._owner.id)
        streams = {query.key: (query.type, self._sweeper(query, known.get(query.key), full=full)) for query in queries}
        outcomes = self._gather(streams, on_event, should_stop)
        done: set[str] = set()
        while not should_stop():
            pending = self._references(done, full=full)
            if not pending:
                break
            done |= {item.query for item in pending}
            reads = {item.query: (item.type, self._reader(item)) for item in pending}
            outcomes += self._gather(reads, on_event, should_stop)
        return outcomes

    def fetch_one(self, reference: str) -> int:
        """Read one record by its reference and store it; returns 1 when it was new or had changed, else 0.

        Raises RemoteError.
        """
        try:
            record = decode.decode(self._fhir.read(reference) or b"")
        except ValueError as error:
            raise BadAnswer(self._owner.name, "it is not a FHIR resource in JSON") from error
        if record is None or f"{record.type}/{record.id}" != reference:
            raise BadAnswer(self._owner.name, "it is another record than the one that was asked for")
        with self._vault.transaction() as tx:
            return resources.store(tx, self._owner.id, [record])

    def _gather(
        self,
        streams: dict[str, tuple[str, Callable[[], Iterator[_Fetched]]]],
        on_event: OnEvent,
        should_stop: ShouldStop,
    ) -> list[Outcome]:
        """Run streams of pages, store what they bring, and collect how each of them ended."""
        outcomes = {key: Outcome(type_name) for key, (type_name, _) in streams.items()}
        with ThreadPoolExecutor(self._in_flight) as pool:
            futures = [pool.submit(self._run_stream, key, stream) for key, (_, stream) in streams.items()]
            try:
                self._write_until_ended(len(streams), outcomes, on_event, should_stop)
            finally:
                self._halt.set()
        for future in futures:
            future.result()
        self._halt.clear()
        ended = next((item.error for item in outcomes.values() if isinstance(item.error, SignInNeeded)), None)
        if ended:
            raise ended
        return list(outcomes.values())

    def _write_until_ended(
        self, running: int, outcomes: dict[str, Outcome], on_event: OnEvent, should_stop: ShouldStop
    ) -> None:
        while running:
            if should_stop():
                self._halt.set()
            batch = self._next_batch()
            self._store([item for item in batch if isinstance(item, _Fetched)], outcomes, on_event)
            for item in batch:
                if isinstance(item, _Ended):
                    running -= 1
                    self._note_end(item, outcomes[item.key], on_event)

    def _run_stream(self, key: str, stream: Callable[[], Iterator[_Fetched]]) -> None:
        error: PortalError | None = None
        try:
            for page in stream() if not self._halt.is_set() else ():
                while not self._room.acquire(timeout=_WAIT_SECONDS):
                    if self._halt.is_set():
                        return
                self._arrived.put(page)
                if self._halt.is_set():
                    return
        except PortalError as found:
            error = found
            if isinstance(found, SignInNeeded):
                self._halt.set()
        finally:
            self._arrived.put(_Ended(key, error))

    def _next_batch(self) -> list[_Fetched | _Ended]:
        batch: list[_Fetched | _Ended] = []
        try:
            batch.append(self._arrived.get(timeout=_WAIT_SECONDS))
            while len(batch) < _PAGES_AT_ONCE:
                batch.append(self._arrived.get_nowait())
        except queue.Empty:
            pass
        for item in batch:
            if isinstance(item, _Fetched):
                self._room.release()
        return batch

    def _store(self, pages: list[_Fetched], outcomes: dict[str, Outcome], on_event: OnEvent) -> None:
        if not pages:
            return
        failpoints.reach("sync.fetched")
        stored: list[tuple[_Fetched, int, int]] = []
        with self._vault.transaction() as tx:
            for page in pages:
                decoded = decode.decode_all(page.bodies)
                changed = resources.store(tx, self._owner.id, decoded.records)
                outcomes[page.key].problems += decoded.problems
                failpoints.reach("sync.page")
                progress.save(tx, page.progress)
                self._note_references(tx, page)
                stored.append((page, len(decoded.records), changed))
            failpoints.reach("sync.commit")
        failpoints.reach("sync.stored")
        for page, received, changed in stored:
            outcomes[page.key].received += received
            outcomes[page.key].changed += changed
            on_event(PageStored(self._owner.name, page.progress.type, received, changed))

    def _note_references(self, tx: Transaction, page: _Fetched) -> None:
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

    def _note_end(self, ended: _Ended, outcome: Outcome, on_event: OnEvent) -> None:
        outcome.error = ended.error
        on_event(QueryDone(self._owner.name, outcome.type, str(ended.error) if ended.error else None))

    def _references(self, done: set[str], *, full: bool) -> list[Progress]:
        """The records that others refer to and that this run has not asked for yet."""
        with self._vault.reading() as connection:
            known = progress.load(connection, self._owner.id)
        return [
            item
            for key, item in known.items()
            if key.startswith(plan.READ_PREFIX)
            and key not in done
            and item.type in self.readable
            and (full or item.error is None)
        ]

    def _sweeper(self, query: Query, known: Progress | None, *, full: bool) -> Callable[[], Iterator[_Fetched]]:
        """A stream of the pages of a search, from where it was left or from its beginning."""

        def stream() -> Iterator[_Fetched]:
            here = known or Progress(self._owner.id, query.key, query.type)
            if here.cursor and not full:
                try:
                    yield from self._pages_from(here.cursor, here)
                except (Rejected, BadAnswer, InsecureAddress):
                    pass  # the portal has forgotten the place; the sweep begins anew
                else:
                    return
            sweep = plan.begin(query, known, dt.datetime.now(dt.UTC), full=full)
            begun = replace(here, cursor=None, since=sweep.since, sweep_began=None, received=0, error=None)
            yield from self._pages_from(self._fhir.first_page(query.type, sweep.parameters), begun)

        return stream

    def _pages_from(self, url: str, here: Progress) -> Iterator[_Fetched]:
        seen = {url}
        for _ in range(_MAX_PAGES):
            page = self._fhir.page(url)
            here = _after(here, page)
            yield _Fetched(here.query, page.resources, here)
            if page.next_url is None:
                return
            if page.next_url in seen:
                raise BadAnswer(self._owner.name, "its pages go round in a circle")
            url = page.next_url
            seen.add(url)
        raise BadAnswer(self._owner.name, f"a search did not end after {_MAX_PAGES} pages")

    def _reader(self, item: Progress) -> Callable[[], Iterator[_Fetched]]:
        """A stream of the one record that others refer to, or of nothing when it has not changed."""
        reference = item.query.removeprefix(plan.READ_PREFIX)
        type_name, _, record_id = reference.partition("/")

        def stream() -> Iterator[_Fetched]:
            with self._vault.reading() as connection:
                wanted = reading.Filter(types=(type_name,), connection=self._owner.id, record_id=record_id, limit=1)
                known = next(iter(reading.rows(connection, wanted)), None)
            try:
                body = self._fhir.read(reference, known.version if known else None)
            except Rejected as error:
                if error.status in TRY_LATER:
                    raise
                gone = error.status in GONE or error.status in _FORBIDDEN
                yield _Fetched(item.query, (), replace(item, error=str(one_line(str(error))) if gone else None))
                return
            if body is not None:
                yield _Fetched(item.query, (body,), item)

        return stream


def _after(here: Progress, page: Page) -> Progress:
    """The progress of a query once `page` is stored."""
    began = here.sweep_began or plan.served_at(page.served)
    received = here.received + len(page.resources)
    if page.next_url is not None:
        return replace(here, cursor=page.next_url, sweep_began=began, received=received)
    is_full = here.since is None
    return replace(
        here,
        cursor=None,
        sweep_began=None,
        complete_to=began,
        full_sweep=int(dt.datetime.now(dt.UTC).timestamp()) if is_full else here.full_sweep,
        received=received,
        error=None,
    )
