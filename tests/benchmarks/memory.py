"""How much memory this process and those that it has started take, in MB (Linux)."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

_EVERY_SECONDS = 0.02


def now() -> float:
    """What they hold at this moment, all together."""
    return sum(map(of, [os.getpid(), *_children()]))


def _children() -> list[int]:
    own = _command(os.getpid())  # also that of a child which has only just been forked, and shares all memory
    found: list[int] = []
    for thread in Path("/proc/self/task").iterdir():
        try:
            found += map(int, (thread / "children").read_text(encoding="ascii").split())
        except OSError:  # it has ended meanwhile
            continue
    return [process for process in found if _command(process) != own]


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def of(process: int) -> float:
    """What one process holds, in MB; 0 for one that has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0


class Peak:
    """The most that they held inside the block, looked at fifty times a second: `reached`."""

    def __init__(self) -> None:
        self.reached = now()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:  # noqa: PYI034 - not meant to be subclassed
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(_EVERY_SECONDS):
            self.reached = max(self.reached, now())
