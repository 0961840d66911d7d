"""Streams of pages: a search swept from where it was left, or one record that others refer to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.errors import BadAnswer, InsecureAddress, Rejected
from store.records import incoming
from store.records.text import one_line
from store.remote.fhir import GONE
from store.sync import plan
from store.vault import reading
from store.vault.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.remote.fhir import Fhir, Page
    from store.sync.plan import Query, Sweep
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_MAX_PAGES = 20_000  # of one search
_MAX_BYTES = 4 << 30  # of one search; a chart of a million records has less
_MAX_IDLE_PAGES = 50  # one after the other that bring just what an earlier one has brought
FORBIDDEN = frozenset({401, 403, 404, 405, 501})
MISUNDERSTOOD = frozenset({400, 422})


@dataclass(frozen=True)
class Fetched:
    """One page on its way to the writer, with the progress that storing it makes.

    `is_whole` is True for the last page of a sweep that asked for everything, from its first page on, in this run.
    """

    key: str
    bodies: tuple[bytes, ...]
    progress: Progress
    is_whole: bool = False


@dataclass(frozen=True)
class Answered:
    """Whether a record that no search brings any more is still there; its bytes, if they came."""

    key: str
    place: int
    is_gone: bool
    body: bytes | None = None


class Streams:
    """Makes the streams of one connection. Nothing is asked before a stream is run."""

    def __init__(self, vault: Vault, fhir: Fhir, owner: ConnectionRow) -> None:
        self._vault = vault
        self._fhir = fhir
        self._owner = owner
        self.versioned: frozenset[str] = frozenset()  # the types that are read only when their version has changed

    def sweep(self, query: Query, known: Progress | None, *, full: bool) -> Callable[[], Iterator[Fetched]]:
        """A stream of the pages of a search, from where it was left or from its beginning."""

        def stream() -> Iterator[Fetched]:
            here = known or Progress(self._owner.id, query.key, query.type)
            if here.cursor and not full:
                try:
                    yield from self._pages(here.cursor, here)
                except (Rejected, BadAnswer, InsecureAddress):
                    pass  # the portal has forgotten the place; the sweep begins anew
                else:
                    return
            yield from self._anew(query, here, plan.begin(query, known, dt.datetime.now(dt.UTC), full=full))

        return stream

    def everything(
        self, known: Progress, since: str | None = None, types: frozenset[str] | None = None
    ) -> Callable[[], Iterator[Fetched]]:
        """A stream of all of a patient that has changed `since` then, or of all there is; of some `types`, or of all.

        It is never resumed: the progress of `known` stays as it is until the last page, which moves its time on. When
        the portal's clock was set back, nothing can be asked for by its time, and what was known is forgotten.
        """
        parameters = (("_since", since),) if since else ()
        here = replace(known, cursor=None, since=since, sweep_began=None, received=0)

        def stream() -> Iterator[Fetched]:
            try:
                for page in self._pages(self._fhir.first_page(known.query, parameters), here, from_first=True):
                    moved = page.progress.complete_to if page.progress.cursor is None else None
                    reached = replace(known, complete_to=moved or known.complete_to)
                    bodies = tuple(body for body in page.bodies if types is None or _is_of(types, body))
                    yield replace(page, bodies=bodies, progress=reached)
            except _SetBack as error:
                yield Fetched(known.query, (), replace(known, complete_to=None, full_sweep=None, error=None))
                raise BadAnswer(self._owner.name, "its clock was set back") from error

        return stream

    def read(self, item: Progress) -> Callable[[], Iterator[Fetched]]:
        """A stream of the one record that others refer to, or of nothing when it has not changed."""
        reference = item.query.removeprefix(plan.READ_PREFIX)

        def stream() -> Iterator[Fetched]:
            try:
                body = self._fhir.read(reference, self._version(reference))
            except Rejected as error:
                if error.status not in GONE | FORBIDDEN:
                    raise
                yield Fetched(item.query, (), replace(item, error=str(one_line(str(error)))))
                if error.status in GONE:
                    return  # what a record points at may well be gone
                raise
            if body is not None:
                yield Fetched(item.query, (body,), item)

        return stream

    def confirm(self, reference: str, place: int) -> Callable[[], Iterator[Answered]]:
        """A stream of the answer to whether a record is gone, or of nothing when the portal does not tell."""

        def stream() -> Iterator[Answered]:
            try:
                body = self._fhir.read(reference)
            except Rejected as error:
                if error.status in GONE:
                    yield Answered(reference, place, is_gone=True)
                elif error.status not in FORBIDDEN | MISUNDERSTOOD:
                    raise
            else:
                yield Answered(reference, place, is_gone=False, body=body)

        return stream

    def _version(self, reference: str) -> str | None:
        type_name, _, record_id = reference.partition("/")
        if type_name not in self.versioned:
            return None
        wanted = reading.Filter(types=(type_name,), connections=(self._owner.id,), record_id=record_id, limit=1)
        with self._vault.reading() as connection:
            known = next(iter(reading.rows(connection, wanted)), None)
        return known.version if known else None

    def _anew(self, query: Query, here: Progress, begun: Sweep) -> Iterator[Fetched]:
        """The pages of a search from its first one; what a portal declares and does not take is left out then."""
        simpler = tuple(pair for pair in query.parameters if pair[0] != plan.REVERSE)
        tries = [(begun.parameters, begun.since)]
        tries += [(query.parameters, None)] if begun.since else []
        tries += [(simpler, None)] if simpler != query.parameters else []
        for number, (parameters, since) in enumerate(tries, start=1):
            anew = replace(here, cursor=None, since=since, sweep_began=None, received=0, error=None)
            try:
                yield from self._pages(self._fhir.first_page(query.type, parameters), anew, from_first=True)
            except _SetBack:
                continue
            except Rejected as error:
                if number == len(tries) or error.status not in MISUNDERSTOOD:
                    raise
            else:
                return

    def _pages(self, url: str, here: Progress, *, from_first: bool = False) -> Iterator[Fetched]:
        seen, contents, idle, size = {url}, set[int](), 0, 0
        for number in range(1, _MAX_PAGES + 1):
            page = self._fhir.page(url)
            if here.since and here.sweep_began is None and _was_set_back(here, page):
                raise _SetBack
            content = hash(page.resources)
            idle = idle + 1 if content in contents else 0
            contents.add(content)
            if page.problem:
                yield Fetched(here.query, page.resources, replace(here, cursor=None))
                raise page.problem
            size += sum(map(len, page.resources))
            is_last = page.next_url is None
            is_circle = page.next_url in seen or idle > _MAX_IDLE_PAGES
            if not is_last and (is_circle or number == _MAX_PAGES or size > _MAX_BYTES):
                yield Fetched(here.query, page.resources, replace(here, cursor=None))  # to go on from there is no use
                raise BadAnswer(self._owner.name, _endless(number, size, is_circle=is_circle))
            here = _after(here, page, from_first=from_first)
            yield Fetched(here.query, page.resources, here, is_whole=is_last and from_first and here.since is None)
            if page.next_url is None:
                return
            url = page.next_url
            seen.add(url)


def _endless(pages: int, size: int, *, is_circle: bool) -> str:
    """Why a search is given up that has not come to its end after so many pages."""
    if is_circle:
        return "its pages go round in a circle"
    if size > _MAX_BYTES:
        return f"a search did not end after {_MAX_BYTES >> 30} GB"
    return f"a search did not end after {pages} pages"


def _is_of(types: frozenset[str], body: bytes) -> bool:
    """Whether a resource is of these types; what does not say so is left for others to judge."""
    found = incoming.name(body)
    return found is None or found[0] in types or found[0] == "OperationOutcome"


class _SetBack(Exception):
    """The portal's clock shows an earlier time than before, so what it has changed since may look older than that."""


def _was_set_back(here: Progress, page: Page) -> bool:
    now = plan.served_at(page.served)
    return bool(now and here.complete_to and now < here.complete_to)


def _after(here: Progress, page: Page, *, from_first: bool) -> Progress:
    """The progress of a query once `page` is stored.

    A sweep that was interrupted does not count as one of everything: what it brought before is not known any more,
    so it cannot tell what is missing, and the next one asks for everything again.
    """
    began = here.sweep_began or plan.served_at(page.served)
    received = here.received + len(page.resources)
    if page.next_url is not None:
        return replace(here, cursor=page.next_url, sweep_began=began, received=received)
    swept = int(dt.datetime.now(dt.UTC).timestamp()) if from_first else None
    return replace(
        here,
        cursor=None,
        sweep_began=None,
        complete_to=began,
        full_sweep=swept if here.since is None else here.full_sweep,
        received=received,
        error=None,
    )
