"""Signals, treated in another way for a while, so that what was made is removed when a program is ended."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ENDING = ("SIGTERM", "SIGHUP")
_KILLED = 128
_PATIENCE_SECONDS = 5.0


@contextmanager
def handling(names: Sequence[str], handler: Callable[[int, Any], Any] | signal.Handlers) -> Iterator[None]:
    """Treat some signals, as far as this system has them, in another way inside the block."""
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [signal.signal(number, handler) for number in known]
    try:
        yield
    finally:
        for number, earlier in zip(known, before, strict=True):
            signal.signal(number, earlier)


def end(number: int, _frame: object) -> NoReturn:
    """Unwind, so that every block tidies up, and exit as one that was killed."""
    raise SystemExit(_KILLED + number)


def end_surely(number: int, frame: object) -> NoReturn:
    """Unwind as `end` does; where that does not come to its end, the process is ended after a while all the same.

    A program that draws a whole screen may wait for a terminal that is gone, or that takes nothing any more.
    """
    watch = threading.Timer(_PATIENCE_SECONDS, os._exit, (_KILLED + number,))
    watch.daemon = True
    watch.start()
    end(number, frame)


def stay(_number: int, _frame: object) -> None:
    """Take no notice; unlike an ignored signal, a program that is started takes notice as ever."""
