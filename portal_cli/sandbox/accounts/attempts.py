"""How often one may try: a count per name, within a window of the clock."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from portal_cli.sandbox.accounts.refusals import TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_MAX_NAMES = 10_000
_MAX_LENGTH = 300  # names are what strangers type: longer ones that begin alike share their attempts


class Attempts:
    """Counts attempts; at most `limit` of one name within `seconds`."""

    def __init__(self, now: Callable[[], datetime], limit: int, seconds: int) -> None:
        self._now = now
        self._limit = limit
        self._seconds = seconds
        self._lock = threading.Lock()
        self._made: dict[str, list[float]] = {}

    def count(self, name: str) -> None:
        """Note an attempt.

        Raises:
            TooManyAttempts: When there were as many as may be; this one is not counted.
        """
        moment, name = self._now().timestamp(), name[:_MAX_LENGTH]
        with self._lock:
            recent = [then for then in self._made.pop(name, ()) if moment - then < self._seconds]
            if len(recent) < self._limit:
                self._made[name] = [*recent, moment]  # at the end: the order is that of the last attempts
                self._forget(moment)
                return
            self._made[name] = recent
        raise TooManyAttempts(self._seconds - int(moment - recent[0]))

    def clear(self, name: str) -> None:
        """Forget the attempts of a name, after one that was right."""
        with self._lock:
            self._made.pop(name[:_MAX_LENGTH], None)

    def _forget(self, moment: float) -> None:
        """Keep no more names than fit; those that were tried longest ago go first."""
        for name in list(self._made):
            is_old = moment - self._made[name][-1] >= self._seconds
            if not is_old and len(self._made) <= _MAX_NAMES:
                return
            del self._made[name]
