"""Searches in pages: each is frozen when first answered, so that later pages neither lose nor repeat."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import FhirError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.query import Query
    from portal_cli.sandbox.versions import Version

KEPT_SEARCHES = 500
LIFETIME_SECONDS = 600


@dataclass(frozen=True)
class Snapshot:
    """One search of one patient, as it stood when it was asked."""

    patient: str
    kind: str
    query: Query
    matches: tuple[Version, ...]
    asked: datetime


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
            while len(self._kept) > KEPT_SEARCHES:
                self._kept.popitem(last=False)
        return name

    def page(self, cursor: str, patient: str, kind: str) -> tuple[str, Snapshot, int]:
        """Find the search and the offset that a cursor `name.offset` stands for.

        Raises:
            FhirError: 410 when the search is no longer kept, or was never this patient's.
        """
        name, _, offset = cursor.rpartition(".")
        with self._lock:
            found = self._kept.get(name)
        if found is None or found.patient != patient or found.kind != kind or not _is_offset(offset):
            raise _expired()
        if (self._clock() - found.asked).total_seconds() > LIFETIME_SECONDS:
            raise _expired()
        return name, found, int(offset)

    def forget(self) -> None:
        """Drop every kept search, as a portal does when it restarts."""
        with self._lock:
            self._kept.clear()


def _is_offset(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 -- ten digits are past any search


def _expired() -> FhirError:
    return FhirError(410, "expired", "this page is no longer kept: start the search again")
