"""Streams of pages: a search swept from where it was left, or one record that others refer to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.errors import BadAnswer, InsecureAddress, Rejected
from store.records.text import one_line
from store.remote.fhir import GONE
from store.sync import plan
from store.vault import reading
from store.vault.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.remote.fhir import Fhir, Page
    from store.sync.plan import Query
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_MAX_PAGES = 20_000
FORBIDDEN = frozenset({401, 403, 404, 405, 501})
_MISUNDERSTOOD = frozenset({400, 422})


@dataclass(frozen=True)
class Fetched:
    """One page on its way to the writer, with the progress that storing it makes."""

    key: str
    bodies: tuple[bytes, ...]
    progress: Progress


class Streams:
    """Makes the streams of one connection. Nothing is asked before a stream is run."""

    def __init__(self, vault: Vault, fhir: Fhir, owner: ConnectionRow) -> None:
        self._vault = vault
        self._fhir = fhir
        self._owner = owner

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
            begun = plan.begin(query, known, dt.datetime.now(dt.UTC), full=full)
            anew = replace(here, cursor=None, since=begun.since, sweep_began=None, received=0, error=None)
            try:
                yield from self._pages(self._fhir.first_page(query.type, begun.parameters), anew)
            except Rejected as error:
                if begun.since is None or error.status not in _MISUNDERSTOOD:
                    raise
                anew = replace(anew, since=None)  # it declares `_lastUpdated` and does not take it: ask for everything
                yield from self._pages(self._fhir.first_page(query.type, dict(query.parameters)), anew)

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

    def _version(self, reference: str) -> str | None:
        type_name, _, record_id = reference.partition("/")
        wanted = reading.Filter(types=(type_name,), connection=self._owner.id, record_id=record_id, limit=1)
        with self._vault.reading() as connection:
            known = next(iter(reading.rows(connection, wanted)), None)
        return known.version if known else None

    def _pages(self, url: str, here: Progress) -> Iterator[Fetched]:
        seen = {url}
        for _ in range(_MAX_PAGES):
            page = self._fhir.page(url)
            if page.problem:
                yield Fetched(here.query, page.resources, replace(here, cursor=None))
                raise page.problem
            here = _after(here, page)
            yield Fetched(here.query, page.resources, here)
            if page.next_url is None:
                return
            if page.next_url in seen:
                raise BadAnswer(self._owner.name, "its pages go round in a circle")
            url = page.next_url
            seen.add(url)
        raise BadAnswer(self._owner.name, f"a search did not end after {_MAX_PAGES} pages")


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
