"""Files of the vault: private to their owner, and replaced whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import InvalidInput, StorageFailed, VaultUnsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_WORTH_A_TRY = 1 << 20  # bytes; below this a retry would fail again at once


def make_private_folder(path: Path, *, exist_ok: bool = False) -> None:
    """Make a folder that only its owner may enter, and the folders above it. Raises StorageFailed."""
    with refusals(path):
        for folder in reversed(path.parents):  # one by one: `parents=True` would leave those above open to others
            _make_folder(folder)
        if not _make_folder(path) and not exist_ok:
            raise FileExistsError(errno.EEXIST, "it is there already")


def _make_folder(path: Path) -> bool:
    """Make one folder, durably; False when it is there already."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if not path.is_dir():
            raise
        return False
    sync_folder(path.parent)
    return True


def check_private(path: Path) -> None:
    """Refuse a file or folder that others may read, or that belongs to somebody else. Raises VaultUnsafe."""
    found = path.stat()
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise VaultUnsafe(path, "belongs to another user")
    if os.name == "posix" and found.st_mode & _OTHERS:
        raise VaultUnsafe(path, "can be read by other users")


def create_empty(path: Path) -> None:
    """Create a file that only its owner may read. Raises StorageFailed, also when it exists."""
    with refusals(path):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def beside(path: Path, mark: str = "") -> Path:
    """The name under which this process writes a file before that takes its place; `mark` tells several apart.

    What processes that were killed have left there is removed: nobody else would, and old key slots may be in it.
    Raises StorageFailed.
    """
    with refusals(path):
        from glob import escape  # noqa: PLC0415 - few runs write such a file

        for remains in list(path.parent.glob(f".{escape(path.name)}.*.new")):
            writer = remains.name.split(".")[-2].partition("-")[0]
            if writer.isdecimal() and not _is_running(int(writer)):
                with contextlib.suppress(OSError):
                    remains.unlink()
    return path.with_name(f".{path.name}.{os.getpid()}{mark and '-'}{mark}.new")


def check_replaceable(path: Path) -> None:
    """Make sure that nothing but a file gives way to a file. Raises InvalidInput for a link, a pipe or a device."""
    with refusals(path):
        is_other = os.path.lexists(path) and (path.is_symlink() or not path.is_file())
    if is_other:
        raise InvalidInput(f"{path} is no file of its own, and is not replaced; name another")


def _is_running(process: int) -> bool:
    if os.name != "posix":
        return True  # nothing else asks there without ending it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's, or no number of a process
        return True
    return True


def replace(path: Path, content: bytes) -> None:
    """Write a file so that after any interruption the old or the new one is there, whole. Raises StorageFailed."""
    new = beside(path)
    try:
        with refusals(path, len(content)):
            descriptor = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | _NO_FOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                failpoints.reach("file.written")
                file.flush()
                os.fsync(file.fileno())
            failpoints.reach("file.synced")
            new.replace(path)
            failpoints.reach("file.renamed")
            sync_folder(path.parent)
    except StorageFailed:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def append(path: Path, line: bytes) -> None:
    """Append a line to a file that only its owner may read, made when it is not there. Raises StorageFailed."""
    with refusals(path, len(line)):
        descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | _NO_FOLLOW, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def overwrite(path: Path) -> None:
    """Overwrite a file with random bytes where it lies, as far as the disk allows. Raises StorageFailed."""
    # Deferred: only what ends a vault needs it.
    import secrets  # noqa: PLC0415

    with refusals(path):
        descriptor = os.open(path, os.O_WRONLY | _NO_FOLLOW)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
    failpoints.reach("file.overwritten")


def sync_file(path: Path) -> None:
    """Make the content of a file durable. Raises StorageFailed."""
    with refusals(path):
        _sync(path)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system can do so. Raises OSError."""
    if os.name == "posix":
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def missing_room(path: Path, wanted: int) -> int:
    """How many bytes have to be freed on the disk of `path` before `wanted` can be written; 0 when none."""
    # Deferred: only what writes much asks.
    import shutil  # noqa: PLC0415

    try:
        folder = next((place for place in (path, *path.parents) if place.is_dir()), path)
        return max(wanted - shutil.disk_usage(folder).free, 0)
    except OSError:
        return 0


def check_room(path: Path, wanted: int) -> None:
    """Make sure that `wanted` bytes can be written at `path`. Raises StorageFailed, saying how many are missing."""
    missing = missing_room(path, wanted)
    if missing:
        raise StorageFailed(path, "the disk is full", max(missing, _WORTH_A_TRY))


@contextlib.contextmanager
def refusals(path: Path, wanted: int = 0) -> Iterator[None]:
    """Turn what the system refuses at `path` into StorageFailed; `wanted` is how many bytes were to be written."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            missing = max(missing_room(path, wanted), _WORTH_A_TRY)
            raise StorageFailed(path, "the disk is full", missing) from error
        raise StorageFailed(path, reason(error)) from error


def reason(error: OSError) -> str:
    """What the system said, as a part of a sentence."""
    return (error.strerror or str(error)).lower()
