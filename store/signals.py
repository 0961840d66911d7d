"""Signals, treated in another way for a while, so that what was made is removed when a program is ended."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ENDING = ("SIGTERM", "SIGHUP")
KILLED = 128
"""What is added to the number of a signal, for the exit code of a program that it has ended."""


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
    raise SystemExit(KILLED + number)


def stay(_number: int, _frame: object) -> None:
    """Take no notice; unlike an ignored signal, a program that is started takes notice as ever."""
