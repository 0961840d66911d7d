"""What a run asks of the system before it touches a record: no core files, and an orderly end by every signal."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portal_cli import signals

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid_core_files() -> None:
    """Keep the memory of this process, passphrases in it, out of core files and from other programs of the user."""
    try:
        import resource  # noqa: PLC0415 - not every system has it
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - as above

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


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
