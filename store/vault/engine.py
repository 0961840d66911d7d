"""Connections to the encrypted database, and the rules that every one of them follows."""

from __future__ import annotations

import contextlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import EngineUnsafe, PortalError, StorageFailed, VaultBusy, VaultDamaged, VaultLocked
from store.vault import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.vault.remembered import Remembered

DbConnection = Any  # sqlcipher3 has no type stubs
SQLITE_FLOOR = (3, 51, 3)  # earlier ones can corrupt a WAL database that two processes write to
_BUSY_SECONDS = 30
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_DATA")
_REFUSED = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
ROOM = 4 << 20  # bytes that a transaction of ordinary size needs, log and database together
_INDEX_BYTES = 32 * 1024  # the least that an index of a log has
_WITHOUT_INDEX = "mode=ro&vfs=unix-none"  # nobody writes where the log has no index and none can be made
_RULES = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "cache_size = -16000",
    "trusted_schema = OFF",
)


class Database(sqlcipher.Connection):  # type: ignore[misc] # sqlcipher3 has no type stubs
    """A connection to the encrypted database; inside a view, what such views remember: see `remembered`."""

    remembered: Remembered | None = None


def version() -> str:
    """The version of SQLite in the engine."""
    return str(sqlcipher.sqlite_version)


def check_version() -> None:
    """Refuse a SQLCipher whose SQLite is too old to be trusted. Raises EngineUnsafe."""
    if sqlcipher.sqlite_version_info < SQLITE_FLOOR:
        raise EngineUnsafe(sqlcipher.sqlite_version, ".".join(map(str, SQLITE_FLOOR)))


def connect(path: Path, key: bytes, *, read_only: bool = False) -> DbConnection:
    """Open the database at `path` with its raw 256-bit key (SQLCipher 4 format).

    Statements run in autocommit mode; transactions are begun in so many words. With `read_only` nothing is written,
    not even the log's index where there is no log: what a full disk or a folder without permission still allows.
    Raises VaultDamaged when the file is no database under this key, StorageFailed when it cannot be opened.
    """
    check_version()
    with translated(path):
        if not read_only and _has_log(path):
            with contextlib.suppress(sqlcipher.OperationalError):  # a disk that refuses shows itself below
                _open(path, key, "mode=ro").close()  # with a wrong key, the log must stay where it is
        connection = _open(path, key, _how(path) if read_only else "mode=rw")
        try:
            for rule in _RULES:
                connection.execute(f"PRAGMA {rule}")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def unsynced(connection: DbConnection) -> Iterator[None]:
    """Inside the block, a commit writes the log and does not wait for the disk; see `sync_log`.

    The log stays in order: what is committed after the block takes with it to the disk what was committed inside.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = FULL")


def sync_log(path: Path) -> None:
    """Have the disk keep the log of the database at `path` as it is now. Raises StorageFailed."""
    if _has_log(path):
        files.sync_file(_log(path))


def address(path: Path, how: str) -> str:
    """A file as SQLite is to open it: `how` is `mode=ro` and the like."""
    return f"file:{quote(str(path.absolute()))}?{how}"


def _open(path: Path, key: bytes, how: str) -> DbConnection:
    connection = sqlcipher.connect(
        address(path, how), _BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=Database, uri=True
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        if how == _WITHOUT_INDEX:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # the log's index is kept in memory then
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _how(path: Path) -> str:
    if not _has_log(path):
        return "immutable=1"
    has_index = _size(path.with_name(f"{path.name}-shm")) >= _INDEX_BYTES
    return "mode=ro" if has_index or os.name != "posix" else _WITHOUT_INDEX


def _has_log(path: Path) -> bool:
    """Whether there is a log: what it holds is a part of the vault."""
    return _size(_log(path)) > 0


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def prepare_new(connection: DbConnection) -> None:
    """Set what is set once in a database's life: write-ahead logging."""
    connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the engine's errors into this package's: busy, damaged, or a disk that refuses."""
    try:
        yield
    except PortalError:
        raise
    except sqlcipher.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise VaultBusy("the vault") from error
        if name == "SQLITE_INTERRUPT":  # somebody has locked the vault meanwhile
            raise VaultLocked from error
        if name.startswith(_DAMAGED) or type(error) is sqlcipher.DatabaseError:
            raise VaultDamaged(path, "it does not open as a vault under its key") from error
        if name.startswith(_REFUSED):
            raise _refusal(path, name, error) from error
        raise


def has_read_well(connection: DbConnection) -> bool:
    """Whether every page that a connection has read was authentic."""
    return bool(connection.execute("PRAGMA cipher_status").fetchone() != ("0",))


def check_pages(connection: DbConnection, path: Path) -> None:
    """Make sure that every page this connection has read was as it was written. Raises VaultDamaged.

    SQLCipher gives out a page whose MAC is wrong as zeros, and may raise no error before it reads another one.
    """
    if not has_read_well(connection):
        raise VaultDamaged(path, "a page of it is not what was written")


def _refusal(path: Path, name: str, error: Exception) -> StorageFailed:
    missing = files.missing_room(path, ROOM)
    if name == "SQLITE_FULL" or missing:  # a full disk shows itself as an error of reading and writing, too
        return StorageFailed(path, "the disk is full", missing or ROOM)
    return StorageFailed(path, str(error))
