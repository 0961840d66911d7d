"""Waiting in tests: for what another process does, and not at all for a portal that is busy."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import stamina

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST = 30.0  # seconds after which what has not happened will not


def until(holds: Callable[[], bool]) -> None:
    """Look again and again whether something holds that another process brings about."""
    end = time.monotonic() + _LONGEST
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def no_pauses() -> Iterator[None]:
    """Ask again as often as ever, but at once."""
    stamina.set_testing(True, attempts=9, cap=True)
    try:
        yield
    finally:
        stamina.set_testing(False)
