"""The files of an export: each written beside its place, hashed as it is written, and all put in place at the end."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from store import failpoints
from store.errors import FileInTheWay
from store.export import age
from store.records.text import Safe, sanitize
from store.services.export_orders import FilePart
from store.vault import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from store.export.format import Exported, Writer
    from store.services.export_orders import Seal

_BUFFER = 256 << 10


class _Hashed(io.RawIOBase):
    """What comes here goes to a file, and is counted and hashed."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: bytes | memoryview, /) -> int:  # type: ignore[override] # what a buffer hands on
        view = memoryview(content)
        done = 0
        while done < len(view):
            done += os.write(self._descriptor, view[done:])
        self._hash.update(view)
        self.size += done
        return done

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class OneFile:
    """One file that is being written beside its place."""

    def __init__(self, path: Path, only: str, seal: Seal | None) -> None:
        self.path = path
        self.only = only
        self.records = 0
        files.check_replaceable(path)
        self._beside = files.beside(path, secrets.token_hex(4))
        descriptor = os.open(self._beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600)
        self._file = _Hashed(descriptor)
        try:
            self._outer = io.BufferedWriter(cast("io.RawIOBase", self._file), _BUFFER)
            self._sealed = sealed(self._outer, seal) if seal else None
            self.stream: BinaryIO = self._sealed.stream if self._sealed else self._outer
        except BaseException:
            self.drop()
            raise
        self._writer: Writer | None = None
        self._write: Callable[[Exported], bool] = bool

    def begin(self, begin: Callable[[BinaryIO], Writer]) -> None:
        """Begin the document in it."""
        self._writer = begin(self.stream)
        self._write = self._writer.add

    def add(self, record: Exported) -> bool:
        """Write a record; False where the format has no place for it."""
        if self._write(record):
            self.records += 1
            return True
        return False

    def finish(self) -> None:
        """Write what is left of it, durably."""
        if self._writer is not None:
            self._writer.end()
        if self._sealed:
            self._sealed.finish()
        self._outer.flush()
        self._file.sync()
        self._file.close()

    def place(self) -> None:
        """Let it take its place."""
        self._beside.replace(self.path)

    def drop(self) -> None:
        """Leave nothing of it where it is not in its place."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._beside.unlink(missing_ok=True)

    def told(self) -> FilePart:
        """What it has become."""
        return FilePart(self.path, sanitize(self.only), self.records, self._file.size, Safe(self._file.sha256))


class Sealed:
    """What is written to `stream` comes out encrypted."""

    def __init__(self, encrypted: age.Encrypted) -> None:
        self._encrypted = encrypted
        self.stream: BinaryIO = cast("BinaryIO", io.BufferedWriter(encrypted, _BUFFER))

    def finish(self) -> None:
        """Send the last piece."""
        self.stream.flush()
        self._encrypted.finish()


def sealed(stream: BinaryIO, seal: Seal) -> Sealed:
    """What encrypts for those whom a seal names, and sends it on to a stream."""
    return Sealed(age.Encrypted(stream, seal.recipients, seal.passphrase))


def put_in_place(written: Iterable[OneFile], *, replace: bool) -> None:
    """Have finished files take their places, the last one last. Raises FileInTheWay where one is there already."""
    every = list(written)
    failpoints.reach("export.written")
    check_free([file.path for file in every], replace=replace)
    for file in every:
        file.place()
        failpoints.reach("export.placed")
    for folder in {file.path.parent for file in every}:
        files.sync_folder(folder)


def check_free(paths: Iterable[Path], *, replace: bool) -> None:
    """Make sure that no file is there that is not to be replaced. Raises FileInTheWay."""
    blocked = next((path for path in paths if os.path.lexists(path)), None)
    if blocked and not replace:
        raise FileInTheWay(blocked)
