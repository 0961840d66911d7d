"""Who may do what to a vault at the same time: many may have it open, one may write, and one may replace it.

`vault.lock`, beside the vault, is held shared by every process that has the vault open, and alone by what replaces
its files. `turn.lock` and `write.lock`, inside it, are the writers' queue. All are advisory locks of the kernel
(`flock`): they end with the process that holds them, however it ends.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.errors import StorageFailed, VaultBusy
from store.vault import files

try:
    import fcntl
except ImportError:  # Windows refuses to replace files that are open, which is what the locks are for
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITE_SECONDS = 60
_LOOK_AGAIN_SECONDS = 0.2
_PAUSES = (0.0, 0.0005, 0.001, 0.002, 0.005)  # seconds between tries; the last one again and again
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT})


class Hold:
    """A lock that is held until `release`."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def relax(self) -> None:
        """Share a lock that was held alone, without anybody getting in between."""
        if self._descriptor is not None and fcntl is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go of the lock; a second time does nothing."""
        held, self._descriptor = self._descriptor, None  # first, so that no other thread closes the same number again
        if held is not None:
            os.close(held)


def share(path: Path, seconds: float) -> Hold:
    """Hold a lock together with others. Raises VaultBusy when somebody holds it alone for longer than `seconds`.

    Where the file cannot be made, because the disk is full or only to be read, nothing is held: such a vault cannot
    be replaced either.
    """
    try:
        descriptor = _open(path)
    except OSError as error:
        if error.errno in _READ_ONLY:
            return Hold(None)
        raise StorageFailed(path, files.reason(error)) from error
    return _wait(path, descriptor, exclusive=False, seconds=seconds)


def take(path: Path, seconds: float) -> Hold:
    """Hold a lock alone. Raises VaultBusy when others hold it for longer than `seconds`, StorageFailed."""
    with files.refusals(path):
        descriptor = _open(path)
    return _wait(path, descriptor, exclusive=True, seconds=seconds)


def take_unless(path: Path, seconds: float, look: Callable[[], None]) -> Hold:
    """Hold a lock alone; while others hold it, `look` is called and may raise what makes waiting pointless.

    Raises as `take` does.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return take(path, min(_LOOK_AGAIN_SECONDS, seconds))
        except VaultBusy:
            look()
            if time.monotonic() >= end:
                raise


@contextmanager
def alone(path: Path, seconds: float) -> Iterator[None]:
    """Hold a lock alone inside the block. Raises as `take` does."""
    hold = take(path, seconds)
    try:
        yield
    finally:
        hold.release()


@contextmanager
def turn(folder: Path, seconds: float = WRITE_SECONDS) -> Iterator[None]:
    """A turn at writing to the vault in `folder`. Raises VaultBusy, StorageFailed.

    Whoever waits first for the turn and then for the writing keeps one that has just written from writing again at
    once, so that nobody who writes a lot shuts the others out.
    """
    waiting = take(folder / "turn.lock", seconds)
    try:
        writing = take(folder / "write.lock", seconds)
    finally:
        waiting.release()
    try:
        yield
    finally:
        writing.release()


def _open(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _wait(path: Path, descriptor: int, *, exclusive: bool, seconds: float) -> Hold:
    if fcntl is None:
        return Hold(descriptor)
    how = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB
    end, tries = time.monotonic() + seconds, 0
    try:
        while True:
            try:
                fcntl.flock(descriptor, how)
            except BlockingIOError as error:
                if time.monotonic() >= end:
                    raise VaultBusy("the vault") from error
            except OSError as error:
                raise StorageFailed(path, f"it cannot be locked: {files.reason(error)}") from error
            else:
                return Hold(descriptor)
            time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
            tries += 1
    except BaseException:
        os.close(descriptor)
        raise
