"""Searches in pages: each is frozen when first answered, so that later pages neither lose nor repeat."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import FhirError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.query import Include, Query
    from portal_cli.sandbox.versions import Version

KEPT_SEARCHES = 500
LIFETIME_SECONDS = 600


@dataclass(frozen=True)
class Snapshot:
    """One search of one patient, as it stood when it was asked.

    Attributes:
        access: Who asked, with which scopes; nobody else turns its pages.
        address: Where it was asked, below the base: `Observation`, `Observation/_history`.
        bundle_type: `searchset`, or `history` when the matches are versions of the past.
        leading: For each reverse include, what leads to each resource: worked out once for all pages.
    """

    access: Access
    address: str
    query: Query
    matches: tuple[Version, ...]
    asked: datetime
    bundle_type: str = "searchset"
    leading: dict[Include, dict[str, list[Version]]] = field(default_factory=dict, compare=False)


class Snapshots:
    """The searches that still have pages to come; the oldest go first, and each after ten minutes."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()

    def keep(self, snapshot: Snapshot) -> str:
        """Keep a search; gives the name by which its pages are asked for."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._kept[name] = snapshot
            while len(self._kept) > KEPT_SEARCHES or self._is_old(next(iter(self._kept.values()))):
                self._kept.popitem(last=False)
        return name

    def page(self, cursor: str, access: Access, address: str) -> tuple[str, Snapshot, int]:
        """Find the search and the offset that a cursor `name.offset` stands for.

        Raises:
            FhirError: 410 when the search is no longer kept, or was made by somebody else or with other scopes.
        """
        name, _, offset = cursor.rpartition(".")
        with self._lock:
            found = self._kept.get(name)
        if found is None or found.access != access or found.address != address or not _is_offset(offset):
            raise _expired()
        if self._is_old(found):
            raise _expired()
        return name, found, int(offset)

    def _is_old(self, snapshot: Snapshot) -> bool:
        return (self._clock() - snapshot.asked).total_seconds() > LIFETIME_SECONDS

    def forget(self) -> None:
        """Drop every kept search, as a portal does when it restarts."""
        with self._lock:
            self._kept.clear()


def _is_offset(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 -- ten digits are past any search


def _expired() -> FhirError:
    return FhirError(410, "expired", "this page is no longer kept: start the search again")
