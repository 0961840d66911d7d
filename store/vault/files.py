"""Files of the vault: private to their owner, and replaced whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from store.errors import StorageFailed, VaultUnsafe

if TYPE_CHECKING:
    from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, and the folders above it. Raises StorageFailed."""
    try:
        for folder in reversed(path.parents):  # one by one: `parents=True` would leave those above open to others
            folder.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(mode=0o700)
    except OSError as error:
        raise StorageFailed(path, _reason(error)) from error


def check_private(path: Path) -> None:
    """Refuse a file or folder that others may read, or that belongs to somebody else. Raises VaultUnsafe."""
    found = path.stat()
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise VaultUnsafe(path, "belongs to another user")
    if os.name == "posix" and found.st_mode & _OTHERS:
        raise VaultUnsafe(path, "can be read by other users")


def create_empty(path: Path) -> None:
    """Create a file that only its owner may read. Raises StorageFailed, also when it exists."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StorageFailed(path, _reason(error)) from error


def replace(path: Path, content: bytes) -> None:
    """Write a file so that after any interruption the old or the new one is there, whole. Raises StorageFailed."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StorageFailed(path, _reason(error)) from error


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system can do so."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
