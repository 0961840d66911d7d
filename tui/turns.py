"""Turns: while the screen has something to do, threads that read the vault leave Python to it, and cycles wait.

Python lets one thread run at a time, and one that wants a turn gets it after an interval. While the screen waits for
something to happen that is short, so that it has its turn at once; while it works it is long, so that who reads waits
until the screen is done. Reading gives way by itself at each question to the vault. Cycles of what is not needed any
more are looked for while there is nothing else to do.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from selectors import DefaultSelector, SelectorKey

_WAITING_SECONDS = 0.0005
_WORKING_SECONDS = 0.02
_STARTING_SECONDS = 0.001
_THRESHOLDS = (5_000, 4, 400)
"""Objects that came since the youngest were looked through, and looks at the younger ones before one at the older."""


class _Selector(DefaultSelector):
    """What the loop waits with, and by which it is seen that it waits.

    At first all threads have the same turns: the one that writes to the terminal is to show the first screen while
    others are still being loaded.
    """

    is_started = False

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Wait for something to happen, at most so many seconds."""
        if timeout is None or timeout > 0:
            _tidy()
        sys.setswitchinterval(_WAITING_SECONDS)
        try:
            return super().select(timeout)
        finally:
            sys.setswitchinterval(_WORKING_SECONDS if self.is_started else _STARTING_SECONDS)


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop that takes turns so, once it is told `started`."""
    return _Loop(_Selector())


def started() -> None:
    """Have the screen's turns come first in the running loop from now on."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, _Loop):
        loop.taker.is_started = True


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, taker: _Selector) -> None:
        super().__init__(taker)
        self.taker = taker


def _tidy() -> None:
    """Look for cycles as far as it is time to."""
    young, middle, old = (count > most for count, most in zip(gc.get_count(), _THRESHOLDS, strict=True))
    if young:
        gc.collect(2 if middle and old else 1 if middle else 0)
