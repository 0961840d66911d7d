"""Connections to the encrypted database, and the rules that every one of them follows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2 as sqlcipher

from store.errors import EngineUnsafe, PortalError, StorageFailed, VaultBusy, VaultDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DbConnection = Any  # sqlcipher3 has no type stubs
SQLITE_FLOOR = (3, 51, 3)  # earlier ones can corrupt a WAL database that two processes write to
_BUSY_SECONDS = 30
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_DATA")
_REFUSED = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")


def check_version() -> None:
    """Refuse a SQLCipher whose SQLite is too old to be trusted. Raises EngineUnsafe."""
    if sqlcipher.sqlite_version_info < SQLITE_FLOOR:
        raise EngineUnsafe(sqlcipher.sqlite_version, ".".join(map(str, SQLITE_FLOOR)))


def connect(path: Path, key: bytes) -> DbConnection:
    """Open the database at `path` with its raw 256-bit key (SQLCipher 4 format).

    Statements run in autocommit mode; transactions are begun in so many words. Raises VaultDamaged when the file
    is no database under this key.
    """
    check_version()
    connection = sqlcipher.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        with translated(path):
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            for pragma in (
                "synchronous = FULL",
                "foreign_keys = ON",
                "temp_store = MEMORY",
                "mmap_size = 0",
                "cache_size = -16000",
                "trusted_schema = OFF",
            ):
                connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


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
        if name.startswith(_DAMAGED) or type(error) is sqlcipher.DatabaseError:
            raise VaultDamaged(path, "it does not open as a vault under its key") from error
        if name.startswith(_REFUSED):
            raise StorageFailed(path, "the disk is full" if name == "SQLITE_FULL" else str(error)) from error
        raise
