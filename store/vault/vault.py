"""The vault as its users see it: created, opened, read from and written to in transactions."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import (
    StorageFailed,
    VaultBusy,
    VaultDamaged,
    VaultExists,
    VaultLocked,
    WrongPassphrase,
)
from store.vault import (
    attempts,
    audit,
    engine,
    entering,
    files,
    folders,
    header,
    keys,
    locks,
    migrations,
    presence,
    slots,
    whereabouts,
)
from store.vault.compression import Compressor
from store.vault.pool import Pool
from store.vault.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Self

    from store.config import Settings
    from store.vault.engine import DbConnection
    from store.vault.header import Header

_LOOKS = frozenset({"read", "search"})  # actions of the audit trail whose lines need not wait for the disk
_SPARING_KB = 2_000  # of pages that are kept in memory; else as many as the engine's rules say


class Vault:
    """An open vault. Each thread that uses it has a database connection of its own.

    `opened_by` is what opened it, a type of slot; `unnoted` are lines of the audit trail that a disk refused.
    """

    def __init__(self, settings: Settings, key: bytes, vault_id: str, opened_by: str = slots.PASSPHRASE) -> None:
        self.id = vault_id
        self.opened_by = opened_by
        self.is_read_only = False
        self.unnoted: list[audit.Entry] = []
        self.compressor = Compressor()
        self._folder = settings.vault_dir
        self._path = settings.database_path
        self._key = key
        self._pool = Pool(self._connect)
        self._hold: locks.Hold | None = None
        self._actor: str | None = None
        self._is_unsettled = False
        self.check_write: Callable[[DbConnection, int], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def key(self) -> bytes:
        """The vault key, to be wrapped for another slot. Raises VaultLocked."""
        if not self._key:
            raise VaultLocked
        return self._key

    @property
    def actor(self) -> str:
        """Who has the vault open, for the audit trail: the user of this computer, and by what."""
        if self._actor is None:
            self._actor = f"{_user()} by {self.opened_by}"
        return self._actor

    def held(self, hold: locks.Hold) -> Self:
        """Keep a share of the vault's lock until the vault is closed."""
        self._hold = hold
        return self

    def connection(self) -> DbConnection:
        """This thread's connection, in no transaction. Raises VaultLocked, VaultDamaged, StorageFailed."""
        return self._pool.lease().connection

    def let_go(self) -> None:
        """Close this thread's connection; for a thread that will not use the vault again."""
        self._pool.let_go()

    def _connect(self) -> tuple[DbConnection, bool]:
        key = self.key
        try:
            connection, self.is_read_only = engine.connect(self._path, key), False
        except StorageFailed:
            connection = engine.connect(self._path, key, read_only=True)  # what cannot be written can still be read
            self.is_read_only = True
        return connection, self.is_read_only

    @property
    def path(self) -> Path:
        """Where its database is."""
        return self._path

    @contextmanager
    def reading(self) -> Iterator[DbConnection]:
        """A view of the vault as it is at one moment, whatever others write meanwhile."""
        with engine.translated(self._path), self._pool.using() as lease:
            connection = lease.connection
            if connection.in_transaction:  # a service that reads inside its own transaction sees its own writes
                yield connection
                return
            connection.execute("BEGIN")
            try:
                lease.remembered.begin(connection)
                yield connection
                if self._key:  # a reader that is let go of after the vault was locked has nothing left to end
                    engine.check_pages(connection, self._path)
            except Exception:
                lease.remembered.forget()  # it may have been read from a page that is not what was written
                if self._key:
                    self.check_pages(connection)
                raise
            finally:
                lease.remembered.end(connection)
                if self._key:
                    _roll_back(connection)
                else:
                    lease.remembered.forget()

    @contextmanager
    def transaction(self, *, can_wait: bool = False) -> Iterator[Transaction]:
        """A write transaction: committed at the end of the block, rolled back when an error leaves it.

        What is committed outlives a power cut; what `can_wait` does so once `settle` was called, the vault was closed,
        or the next transaction was committed. Raises StorageFailed when the disk refuses, VaultBusy when others write
        for a minute on end.
        """
        with engine.translated(self._path), self._pool.using() as lease:
            connection = lease.connection
            if self.is_read_only:
                files.check_room(self._path, engine.ROOM)
                raise StorageFailed(self._path, "it can only be read")
            with locks.turn(self._folder), engine.unsynced(connection) if can_wait else nullcontext():
                connection.execute("BEGIN IMMEDIATE")
                lease.remembered.end(connection)
                current = Transaction(connection, self.compressor, self.actor, self.check_write)
                try:
                    yield current
                    current.flush()
                    engine.check_pages(connection, self._path)
                    failpoints.reach("vault.commit")
                    connection.execute("COMMIT")
                    self._is_unsettled = can_wait
                    failpoints.reach("vault.committed")
                except BaseException as error:
                    self.compressor.forget()  # first: the next writer must not meet a dictionary that is taken back
                    _roll_back(connection)
                    if isinstance(error, Exception):
                        self.check_pages(connection)
                    raise
                finally:
                    current.end()

    def check_pages(self, connection: DbConnection) -> None:
        """Make sure that what was read up to now is what was written, for who hands it on before a view ends.

        Raises VaultDamaged, whatever error somebody made of the zeros that a damaged page is read as.
        """
        try:
            engine.check_pages(connection, self._path)
        except VaultDamaged:
            self.compressor.forget()  # what it has learned from such a page would fail the vault's other threads
            raise

    def note(self, entry: audit.Entry) -> None:
        """Append a line about a read to the audit trail; where it cannot be written, the read goes on without it.

        What could not be written is kept in `unnoted`, and written with the next line that can be. Nobody who looks at
        records waits for a disk to turn: a line about that is written at once and `can_wait`, as a transaction can.
        """
        waiting = [*self.unnoted, entry]
        try:
            with self.transaction(can_wait=all(line.action in _LOOKS for line in waiting)) as tx:
                before = tx.connection.total_changes
                for line in waiting:
                    tx.audit(line)
                self._pool.lease().remembered.overlook(tx.connection.total_changes - before)
        except (StorageFailed, VaultBusy):
            self.unnoted = waiting
        else:
            self.unnoted = []

    @contextmanager
    def quiet(self) -> Iterator[DbConnection]:
        """A turn at writing in which nothing is written, so that the database's file stays as it is meanwhile."""
        with engine.translated(self._path), self._pool.using() as lease:
            connection = lease.connection
            if self.is_read_only:
                yield connection
                return
            with locks.turn(self._folder):
                yield connection

    def changes(self) -> int:
        """A number that is another one whenever somebody else has written since it was asked for last."""
        with engine.translated(self._path), self._pool.using() as lease:
            return int(lease.connection.execute("PRAGMA data_version").fetchone()[0])

    def read_sparingly(self) -> None:
        """Keep fewer of the pages that this thread reads in memory: for a program that stays open for long."""
        with engine.translated(self._path), self._pool.using() as lease:
            lease.connection.execute(f"PRAGMA cache_size = -{_SPARING_KB}")

    def settle(self) -> None:
        """Have the disk keep what was committed and could wait. Raises StorageFailed."""
        if self._is_unsettled:
            self._is_unsettled = False  # first: what others commit meanwhile is not settled by this
            try:
                engine.sync_log(self._path)
            except StorageFailed:
                self._is_unsettled = True
                raise

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database, as far as other readers allow."""
        with engine.translated(self._path), self._pool.using() as lease:
            lease.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close every connection, forget the key, and let others replace the vault."""
        with suppress(StorageFailed):  # the system writes it a little later, unless the power fails before
            self.settle()
        self._key = b""  # first: whoever asks for a connection now gets none
        self._pool.close()
        self.compressor = Compressor()
        if self._hold is not None:
            self._hold.release()
            self._hold = None


def _roll_back(connection: DbConnection) -> None:
    if connection.in_transaction:  # the engine has ended it by itself when the disk refused
        connection.execute("ROLLBACK")


def _user() -> str:
    import getpass  # noqa: PLC0415 - only what is audited needs it

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name
        return "somebody"


def create(settings: Settings, passphrase: bytes, cost: keys.KdfCost | None = None) -> Vault:
    """Create a vault and open it. It is built beside its place and moved there whole.

    Raises VaultExists when there is one, StorageFailed when the disk refuses, VaultBusy.
    """
    _check_absent(settings)
    key = keys.new_key()
    files.make_private_folder(settings.lock_path.parent, exist_ok=True)
    hold = locks.take_unless(settings.lock_path, presence.SHARE_SECONDS, lambda: _check_absent(settings))
    try:
        folders.tidy(settings)
        _check_absent(settings)
        with folders.building(settings) as folder:
            database = folder / settings.database_path.name
            migrations.new_database(database, key)
            sealed = header.seal(key, passphrase, cost, int(time.time()))
            header.write(folder / settings.header_path.name, sealed)
            folders.put_in_place(settings, folder)
        with files.refusals(settings.lock_path):
            hold.relax()
    except BaseException:
        hold.release()
        raise
    return Vault(settings, key, sealed.vault_id).held(hold)


def _check_absent(settings: Settings) -> None:
    if whereabouts.exists(settings):
        raise VaultExists(settings.vault_dir)


def unlock(settings: Settings, passphrase: bytes) -> Vault:
    """Open the vault with its passphrase.

    Raises NoVault, WrongPassphrase, VaultDamaged, VaultNewer, VaultUnsafe, VaultErased, VaultBusy.
    """
    return unlock_with(settings, slots.PASSPHRASE, lambda found: header.unseal(found, passphrase))


def unlock_with(settings: Settings, slot_type: str, find_key: Callable[[Header], bytes]) -> Vault:
    """Open the vault in any way: `find_key` gets the header and returns the vault key.

    A failure of it is noted for the audit trail, and so is the success, except that of a session, which is a part of
    the unlock that began it. Raises what `find_key` raises, and as `unlock` does.
    """
    with files.refusals(settings.vault_dir):
        hold = presence.share(settings)
    try:
        with files.refusals(settings.vault_dir):
            found = presence.found(settings)
        try:
            key = find_key(found)
        except WrongPassphrase:
            attempts.note(settings, slot_type, int(time.time()))
            raise
        vault = Vault(settings, key, found.vault_id, slot_type)
    except BaseException:
        hold.release()
        raise
    vault.held(hold)
    try:
        entering.make_current(settings, vault)
        entering.write_down(settings, vault)
    except BaseException:
        vault.close()
        raise
    return vault
