"""Files put where a person wants them, or where a viewer finds them: private, whole, and over nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store import failpoints
from store.documents import names
from store.errors import FileInTheWay, StorageFailed
from store.vault import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MOST_NUMBERS = 1_000
_VIEWING = "portal-view-"
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class Handed:
    """A file for a viewer, until the block ends. `in_memory`: it never comes to a disk."""

    path: Path
    in_memory: bool


def into_folder(folder: Path, name: str, parts: Iterable[bytes]) -> Path:
    """Write a file of some name into a folder; where there is one of that name, it gets a number. Returns its path.

    Raises StorageFailed, FileInTheWay.
    """
    files.make_private_folder(folder, exist_ok=True)
    for number in range(_MOST_NUMBERS):
        path = folder / (names.numbered(name, number) if number else name)
        with suppress(FileInTheWay):
            return as_file(path, parts)
    raise FileInTheWay(folder / name)


def as_file(path: Path, parts: Iterable[bytes], *, replace: bool = False) -> Path:
    """Write a file at a path of somebody's choice. Raises FileInTheWay unless it may be replaced, StorageFailed.

    Raises InvalidInput where what is there is no file.
    """
    if path.is_dir():
        raise FileInTheWay(path)
    if replace:
        files.check_replaceable(path)
        _write(path, parts)
        return path
    _reserve(path)
    try:
        _write(path, parts)
    except BaseException:
        with suppress(OSError):
            path.unlink()  # the empty one that kept the place
        raise
    return path


@contextmanager
def for_viewer(name: str, parts: Iterable[bytes], environment: Mapping[str, str]) -> Iterator[Handed]:
    """A file in a private folder, in memory where the system has room for that; removed when the block ends.

    What runs that were killed have left there is removed first. Raises StorageFailed.
    """
    whole = list(parts)
    folder, in_memory = _folder(environment, sum(map(len, whole)))
    try:
        path = folder / name
        with files.refusals(path, sum(map(len, whole))):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_FOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(whole)
        failpoints.reach("viewer.written")
        yield Handed(path, in_memory)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reserve(path: Path) -> None:
    """Keep a place for a file by an empty one. Raises FileInTheWay where there is anything, StorageFailed."""
    files.make_private_folder(path.parent, exist_ok=True)
    with files.refusals(path):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_FOLLOW, 0o600))
        except FileExistsError as error:
            raise FileInTheWay(path) from error


def _write(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file beside its place and put it there whole."""
    beside = path.with_name(f".portal-{os.getpid()}-{secrets.token_hex(4)}.new")
    try:
        with files.refusals(path):
            descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_FOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            failpoints.reach("download.written")
            beside.replace(path)
            files.sync_folder(path.parent)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _folder(environment: Mapping[str, str], size: int) -> tuple[Path, bool]:
    """A new private folder, and whether it is in memory."""
    for base in _in_memory(environment, size):
        _sweep(base)
        with suppress(OSError):
            return Path(tempfile.mkdtemp(prefix=f"{_VIEWING}{os.getpid()}-", dir=base)), True
    base = Path(tempfile.gettempdir())
    _sweep(base)
    try:
        return Path(tempfile.mkdtemp(prefix=f"{_VIEWING}{os.getpid()}-", dir=base)), False
    except OSError as error:
        raise StorageFailed(base, (error.strerror or str(error)).lower()) from error


def _in_memory(environment: Mapping[str, str], size: int) -> Iterator[Path]:
    """Folders that are in memory and have room."""
    for named in (environment.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108 - the folder made in it is private
        base = Path(named)
        if not named or not base.is_absolute() or not base.is_dir() or _file_system(base) not in _IN_MEMORY:
            continue
        with suppress(OSError):
            if shutil.disk_usage(base).free > size * 2:
                yield base


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder is on; empty where the system does not tell."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    real = folder.resolve()
    best, kind = -1, ""
    for line in lines:
        _, place, found, *_ = [*line.split(), "", "", ""]
        mount = Path(place.replace("\\040", " "))
        if place and (mount == real or mount in real.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), found
    return kind


def _sweep(base: Path) -> None:
    """Remove what runs that were killed have left for viewers."""
    own = os.getuid() if hasattr(os, "getuid") else None
    for remains in base.glob(f"{_VIEWING}*-*"):
        writer = remains.name.removeprefix(_VIEWING).partition("-")[0]
        with suppress(OSError):
            if (
                own is not None
                and remains.lstat().st_uid == own
                and writer.isdecimal()
                and not _is_running(int(writer))
            ):
                shutil.rmtree(remains, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
