"""The vault as its users see it: created, opened, read from and written to in transactions."""

from __future__ import annotations

import contextlib
import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.errors import NoVault, StorageFailed, VaultDamaged, VaultExists, VaultLocked
from store.vault import audit, engine, files, header, keys, migrations
from store.vault.compression import Compressor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from sqlalchemy import Connection as SqlConnection
    from sqlmodel import Session

    from store.config import Settings
    from store.vault.engine import DbConnection


class Transaction:
    """One write transaction: all of it lasts, or none of it."""

    def __init__(self, connection: DbConnection, vault: Vault) -> None:
        self.connection = connection
        self.compressor = vault.compressor
        self._vault = vault
        self._session: Session | None = None
        self._bound: SqlConnection | None = None

    @property
    def session(self) -> Session:
        """An SQLModel session inside this transaction, for the small tables."""
        if self._session is None:
            # Deferred: importing the ORM takes longer than most commands do, and most never write.
            from store.vault.orm import session_on  # noqa: PLC0415

            self._session = session_on(self.connection)
            self._bound = self._session.connection()
        return self._session

    def audit(self, entry: audit.Entry) -> None:
        """Append a line to the audit trail, to last or vanish with this transaction."""
        audit.append(self.connection, self._vault.audit_key, entry)

    def flush(self) -> None:
        """Send what the session holds to the database."""
        if self._session is not None:
            self._session.flush()

    def end(self) -> None:
        """Let go of the session."""
        if self._session is not None and self._bound is not None:
            self._session.close()
            self._bound.close()


class Vault:
    """An open vault. Each thread that uses it has a database connection of its own."""

    def __init__(self, settings: Settings, key: bytes, vault_id: str) -> None:
        self.id = vault_id
        self._path = settings.database_path
        self._key = key
        self._local = threading.local()
        self._connections: list[DbConnection] = []
        self._lock = threading.Lock()
        self._audit_key: bytes | None = None
        self.compressor = Compressor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def audit_key(self) -> bytes:
        """The key that chains the audit trail."""
        if self._audit_key is None:
            self._audit_key = keys.subkey(self._key, "audit")
        return self._audit_key

    def _connection(self) -> DbConnection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            if not self._key:
                raise VaultLocked
            connection = engine.connect(self._path, self._key)
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    @contextmanager
    def reading(self) -> Iterator[DbConnection]:
        """A view of the vault as it is at one moment, whatever others write meanwhile."""
        with engine.translated(self._path):
            connection = self._connection()
            if connection.in_transaction:  # a service that reads inside its own transaction sees its own writes
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if self._key:  # a reader that is let go of after the vault was locked has nothing left to end
                    _roll_back(connection)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction: committed at the end of the block, rolled back when an error leaves it."""
        with engine.translated(self._path):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            current = Transaction(connection, self)
            try:
                yield current
                current.flush()
                connection.execute("COMMIT")
            except BaseException:
                self.compressor.forget()  # first: the next writer must not meet a dictionary that is taken back
                _roll_back(connection)
                raise
            finally:
                current.end()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database, as far as other readers allow."""
        with engine.translated(self._path):
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close every connection and forget the key."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()
        self._key = b""
        self._audit_key = None


def _roll_back(connection: DbConnection) -> None:
    if connection.in_transaction:  # the engine has ended it by itself when the disk refused
        connection.execute("ROLLBACK")


def exists(settings: Settings) -> bool:
    """Whether there is a vault, or what is left of one."""
    return settings.header_path.exists() or settings.database_path.exists()


def create(settings: Settings, passphrase: bytes, cost: keys.KdfCost = keys.DEFAULT_COST) -> Vault:
    """Create a vault and open it. It is built beside its place and moved there whole.

    Raises VaultExists when there is one, StorageFailed when the disk refuses.
    """
    if exists(settings):
        raise VaultExists(settings.vault_dir)
    key = keys.new_key()
    folder = settings.vault_dir.with_name(f"{settings.vault_dir.name}.{keys.new_salt().hex()[:8]}.new")
    files.make_private_folder(folder)
    try:
        database = folder / settings.database_path.name
        files.create_empty(database)
        with engine.translated(database):
            connection = engine.connect(database, key)
            try:
                engine.prepare_new(connection)
                migrations.migrate(connection, database)
            finally:
                connection.close()
        sealed = header.seal(key, passphrase, cost)
        header.write(folder / settings.header_path.name, sealed)
        files.sync_folder(folder)
        _move_into_place(settings, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Vault(settings, key, sealed.vault_id)


def unlock(settings: Settings, passphrase: bytes) -> Vault:
    """Open the vault with its passphrase.

    Raises NoVault, WrongPassphrase, VaultDamaged, VaultNewer, VaultUnsafe.
    """
    if not exists(settings):
        raise NoVault(settings.vault_dir)
    for path in (settings.header_path, settings.database_path):
        if not path.exists():
            raise VaultDamaged(path, "it is missing")
    for path in (settings.vault_dir, settings.header_path, settings.database_path):
        files.check_private(path)
    found = header.read(settings.header_path)
    key = header.unseal(found, passphrase)
    vault = Vault(settings, key, found.vault_id)
    try:
        with engine.translated(settings.database_path):
            connection = vault._connection()  # noqa: SLF001 - before it is anyone's
            if migrations.current(connection) == 0:  # never taken for a new one, and never filled anew
                raise VaultDamaged(settings.database_path, "it is empty")
            migrations.migrate(connection, settings.database_path)
    except BaseException:
        vault.close()
        raise
    return vault


def _move_into_place(settings: Settings, folder: Path) -> None:
    target = settings.vault_dir
    try:
        with contextlib.suppress(FileNotFoundError):
            target.rmdir()  # an empty folder gives way; one that holds anything stops us
        folder.rename(target)
        files.sync_folder(target.parent)
    except OSError as error:
        if exists(settings):
            raise VaultExists(target) from error
        raise StorageFailed(target, (error.strerror or str(error)).lower()) from error
