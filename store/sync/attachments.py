"""Attachments brought into the vault: several on their way at once, in parts, and one writer."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import events
from store.sync.crew import Crew, Ended, Steps, as_it_is, nothing
from store.vault import attachments
from store.vault.attachments import PART_BYTES, Arrival

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.errors import PortalError
    from store.events import OnEvent, ShouldStop
    from store.remote.downloads import Downloads
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault


@dataclass(frozen=True)
class Wanted:
    """An attachment to fetch: the record that names it (`Type/id`), its absolute address, and its type if known."""

    record: str
    address: str
    content_type: str = ""


@dataclass(frozen=True)
class Fetched:
    """What became of one: its size in bytes, or the error; with neither, it was not asked for any more."""

    wanted: Wanted
    size: int | None = None
    error: PortalError | None = None

    @property
    def failure(self) -> str | None:
        """Why it is not there, in one sentence; None when it is."""
        if self.size is not None:
            return None
        return str(self.error or "it was not asked for any more")


@dataclass(frozen=True)
class _Part:
    key: str
    content: bytes


@dataclass(frozen=True)
class _Whole:
    key: str
    content_type: str


class Fetch:
    """One run for one connection. Nothing else may write attachments meanwhile."""

    def __init__(self, vault: Vault, owner: ConnectionRow, downloads: Downloads, in_flight: int) -> None:
        self._vault = vault
        self._owner = owner
        self._downloads = downloads
        self._in_flight = in_flight
        self._arrivals: dict[str, Arrival] = {}
        self._wanted: dict[str, Wanted] = {}
        self._complete: set[str] = set()
        self._done: dict[str, Fetched] = {}

    def run(self, wanted: Sequence[Wanted], on_event: OnEvent, should_stop: ShouldStop) -> list[Fetched]:
        """Fetch attachments, each address once; one that fails does not stop the others.

        Raises StorageFailed and other errors of the vault.
        """
        with self._vault.transaction() as tx:
            attachments.clear_arriving(tx)
        for item in wanted:
            self._wanted.setdefault(item.address, item)
        self._arrivals = {key: Arrival(self._owner.id, key) for key in self._wanted}
        streams = {key: functools.partial(self._stream, item) for key, item in self._wanted.items()}
        crew: Crew[_Part | _Whole, _Part | _Whole] = Crew(streams, self._in_flight, Steps(nothing, as_it_is))
        try:
            while len(self._done) < len(streams) and not should_stop():
                self._store(crew.batch(), on_event)
        finally:
            crew.halt()
        with self._vault.transaction() as tx:
            attachments.clear_arriving(tx)
        return [self._done.get(key, Fetched(item)) for key, item in self._wanted.items()]

    def _stream(self, item: Wanted) -> Iterator[_Part | _Whole]:
        """An attachment in parts of one size, then the word that it is whole."""
        held = bytearray()
        content = self._downloads.fetch(item.address, item.content_type)
        while True:
            try:
                held += next(content)
            except StopIteration as end:
                content_type: str = end.value
                break
            while len(held) >= PART_BYTES:
                yield _Part(item.address, bytes(held[:PART_BYTES]))
                del held[:PART_BYTES]
        if held:
            yield _Part(item.address, bytes(held))
        yield _Whole(item.address, content_type)

    def _store(self, batch: Sequence[_Part | _Whole | Ended], on_event: OnEvent) -> None:
        """Write what has arrived in one transaction, and tell of what is done once that lasts."""
        if not batch:
            return
        done: list[Fetched] = []
        with self._vault.transaction() as tx:
            for item in batch:
                found = self._take(tx, item)
                if found is not None:
                    done.append(found)
        for found in done:
            self._done[found.wanted.address] = found
            on_event(
                events.AttachmentDone(
                    self._owner.name,
                    found.wanted.record,
                    found.size or 0,
                    len(self._done),
                    len(self._wanted),
                    found.failure,
                )
            )

    def _take(self, tx: Transaction, item: _Part | _Whole | Ended) -> Fetched | None:
        arrival, wanted = self._arrivals[item.key], self._wanted[item.key]
        if isinstance(item, _Part):
            arrival.add(tx, item.content)
            return None
        if isinstance(item, _Whole):
            arrival.complete(tx, item.content_type, int(time.time()))
            self._complete.add(item.key)
            return Fetched(wanted, arrival.size)
        if item.unforeseen is not None:
            raise item.unforeseen
        if item.key in self._complete:
            return None
        arrival.discard(tx)
        return Fetched(wanted, error=item.error)
