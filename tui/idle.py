"""Idleness: how long nobody has touched the keyboard or the mouse's buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_SECONDS = 10 * 60


class IdleWatch:
    """Tells when a terminal has been left alone for too long.

    `clock` counts on while the machine sleeps, so that a laptop that was closed comes back locked; one that was set
    back counts as idle too.
    """

    def __init__(self, clock: Callable[[], float], limit: float = IDLE_SECONDS) -> None:
        self._clock = clock
        self._limit = limit
        self._touched = clock()

    def touch(self) -> None:
        """Note that somebody is here."""
        self._touched = self._clock()

    @property
    def left(self) -> float:
        """How many seconds are left; 0 once the limit has passed."""
        return 0.0 if self.is_over else self._limit - abs(self._clock() - self._touched)

    def set_limit(self, limit: float) -> None:
        """Have another limit from now on."""
        self._limit = limit

    @property
    def is_over(self) -> bool:
        """Whether the limit has passed."""
        return abs(self._clock() - self._touched) >= self._limit
