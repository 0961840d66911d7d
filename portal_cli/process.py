"""What a run asks of the system before it touches a record: an orderly end by every signal."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store import signals

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Inside the block, let a signal that ends the process unwind it first, so that nothing half-written stays."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [name for name in signals.ENDING if hasattr(signal, name)]
    ours = [name for name in known if signal.getsignal(getattr(signal, name)) == signal.SIG_DFL]
    with signals.handling(ours, signals.end):
        yield
