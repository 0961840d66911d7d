"""Jobs of which one runs at a time, whichever process it is in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.errors import VaultBusy
from store.vault import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_SECONDS = 30


@contextmanager
def one_at_a_time(lock_path: Path, what: str) -> Iterator[None]:
    """Do a job while no other process does it.

    Raises VaultBusy, by the name of the job, after half a minute, and StorageFailed where no lock can be made.
    """
    # Deferred: most commands take no turn.
    from filelock import FileLock, Timeout  # noqa: PLC0415

    lock = FileLock(lock_path, timeout=_LOCK_SECONDS, mode=0o600)
    with files.refusals(lock_path):
        try:
            lock.acquire()
        except Timeout as error:
            raise VaultBusy(what) from error
    try:
        yield
    finally:
        lock.release()
