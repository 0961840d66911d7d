"""A file that tells what runs did, for `--log-file`: a line of JSON for each thing, and nothing that a record says."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from portal_cli import __version__, everywhere
from store.errors import StorageFailed

if TYPE_CHECKING:
    from collections.abc import Callable

_BEGAN: dict[str, float] = {}


def begin() -> None:
    """Note that a run begins. Raises StorageFailed when the file cannot be written."""
    _BEGAN["at"] = time.monotonic()
    note("began", version=__version__)


def end(code: int, command: Callable[[], str]) -> None:
    """Note that it ended, with what code, and which command it was; its arguments may be of a record."""
    if everywhere.now().log_file and "at" in _BEGAN:
        note("ended", command=command(), code=int(code), seconds=round(time.monotonic() - _BEGAN["at"], 3))


def error(found: BaseException) -> None:
    """Note an error: its class and where in the program it came from; its message may quote a record."""
    if not everywhere.now().log_file:
        return
    import traceback  # noqa: PLC0415 - few runs fail, and fewer are logged

    frames = traceback.extract_tb(found.__traceback__)
    note("error", error=type(found).__name__, places=[f"{Path(one.filename).name}:{one.lineno}" for one in frames])


def note(event: str, **facts: object) -> None:
    """Add a line. Raises StorageFailed."""
    path = everywhere.now().log_file
    if not path:
        return
    import json  # noqa: PLC0415 - few runs are logged

    line = json.dumps({"at": datetime.now(UTC).isoformat(), "process": os.getpid(), "event": event, **facts})
    try:
        number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(number, f"{line}\n".encode())
        finally:
            os.close(number)
    except OSError as failure:
        raise StorageFailed(Path(path), (failure.strerror or str(failure)).lower()) from failure
