"""The end of the dashboard by a signal: it is told to end, or its terminal is closed."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_GRACE_SECONDS = 5.0


@contextmanager
def ended_by_signals(leave: Callable[[], object]) -> Iterator[None]:
    """Inside the block, have `leave` called in the event loop when a signal comes that ends; exit as one killed, after.

    A second signal ends at once.
    """
    came: list[int] = []

    def end(number: int, _frame: object) -> None:
        came.append(number)
        if len(came) > 1:
            raise SystemExit(signals.KILLED + number)
        _stay_ended(number)
        _at_the_latest(number)
        try:
            asyncio.get_running_loop().call_soon_threadsafe(leave)
        except RuntimeError:  # it has not begun, or is over
            raise SystemExit(signals.KILLED + number) from None

    with signals.handling(signals.ENDING, end):
        yield
    if came:
        raise SystemExit(signals.KILLED + came[0])


def _stay_ended(number: int) -> None:
    """Let a terminal that is gone be none: nothing fails that is written to it, and nothing begins anew.

    A terminal that is closed sends SIGCONT as well, at which Textual would begin to read keys once more.
    """
    if number == getattr(signal, "SIGHUP", None):
        signal.signal(signal.SIGCONT, lambda _number, _frame: None)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _at_the_latest(number: int) -> None:
    """Have an end also where something waits for ever; what was written to the vault is whole at any moment."""
    timer = threading.Timer(_GRACE_SECONDS, os._exit, (signals.KILLED + number,))
    timer.daemon = True
    timer.start()
