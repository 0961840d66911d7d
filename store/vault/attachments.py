"""Contents of documents, kept in parts: of any size, and never whole in memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import zstandard

from store import failpoints
from store.errors import VaultDamaged
from store.light import dataclass
from store.vault import compression

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

PART_BYTES = 256 << 10
_ARRIVING = "arriving "  # before the address of one that is not complete: the one there is stays until then
WORDS = "words of "  # before the key of a record: what is kept there was read out of attachments (see `attached`)
_SERVED = f"fetched > 0 AND address NOT GLOB '{WORDS}*'"
_COLUMNS = "id, address, content_type, size, digest, fetched"
_ORPHANS = "FROM attachment_part WHERE attachment NOT IN (SELECT id FROM attachment)"


@dataclass(frozen=True, slots=True)
class Kept:
    """A complete attachment; see `tables.Attachment`. `fetched` is in seconds since 1970 UTC."""

    id: int
    address: str
    content_type: str
    size: int
    digest: bytes
    fetched: int


class Arrival:
    """An attachment on its way into the vault, part by part, in as many transactions as it takes."""

    def __init__(self, connection_id: int, address: str) -> None:
        self.size = 0
        self._connection_id = connection_id
        self._address = address
        self._id: int | None = None
        self._parts = 0
        self._digest = _new_digest()

    def add(self, tx: Transaction, content: bytes) -> None:
        """Keep the next part."""
        sql = "INSERT INTO attachment_part (attachment, number, body) VALUES (?, ?, ?)"
        tx.connection.execute(sql, (self._begun(tx), self._parts, compression.pack_quickly(content)))
        failpoints.reach("attachment.part")
        self._parts += 1
        self.size += len(content)
        self._digest.update(content)

    def complete(self, tx: Transaction, content_type: str, at: int) -> None:
        """Make it count, in the place of what was fetched from its address before."""
        own = self._begun(tx)
        remove(tx, self._connection_id, self._address)
        tx.connection.execute(
            "UPDATE attachment SET address = ?, content_type = ?, size = ?, digest = ?, fetched = ? WHERE id = ?",
            (self._address, content_type, self.size, self._digest.digest(), at, own),
        )
        failpoints.reach("attachment.complete")

    def discard(self, tx: Transaction) -> None:
        """Forget what has come of it."""
        if self._id is not None:
            _delete(tx.connection, "id = ?", self._id)

    def _begun(self, tx: Transaction) -> int:
        if self._id is None:
            sql = (
                "INSERT INTO attachment (connection, address, content_type, size, digest, fetched) "
                "VALUES (?, ?, '', 0, ?, 0)"
            )
            values = (self._connection_id, f"{_ARRIVING}{self._address}", b"")
            self._id = int(tx.connection.execute(sql, values).lastrowid)
        return self._id


def clear_arriving(tx: Transaction) -> None:
    """Remove what was left of arrivals that broke off. None may be under way."""
    _delete(tx.connection, "fetched = ?", 0)


def load(connection: DbConnection, connection_id: int) -> dict[str, Kept]:
    """Every complete attachment of a connection, by its address."""
    sql = f"SELECT {_COLUMNS} FROM attachment WHERE connection = ? AND {_SERVED} ORDER BY id"  # noqa: S608 - our own columns
    return {row[1]: Kept(*row) for row in connection.execute(sql, (connection_id,))}


def find(connection: DbConnection, connection_id: int, address: str) -> Kept | None:
    """The complete attachment that was fetched from an address, if there is one."""
    sql = f"SELECT {_COLUMNS} FROM attachment WHERE connection = ? AND address = ? AND fetched > 0"  # noqa: S608 - as in load
    row = connection.execute(sql, (connection_id, address)).fetchone()
    return Kept(*row) if row else None


def content(vault: Vault, kept: Kept, path: Path) -> Iterator[bytes]:
    """What an attachment holds, part by part. Raises VaultDamaged, at the end at the latest, when it is not whole."""
    digest, size = _new_digest(), 0
    with vault.reading() as connection:
        for part in parts(connection, kept.id):
            if part is None:
                break
            vault.check_pages(connection)
            digest.update(part)
            size += len(part)
            yield part
        vault.check_pages(connection)
    if size != kept.size or digest.digest() != kept.digest:
        raise VaultDamaged(path, "an attachment is not what was fetched")


def remove(tx: Transaction, connection_id: int, address: str) -> None:
    """Remove the attachment that was fetched from an address."""
    found = find(tx.connection, connection_id, address)
    if found is not None:
        _delete(tx.connection, "id = ?", found.id)


def forget_connection(tx: Transaction, connection_id: int) -> None:
    """Remove every attachment of a connection."""
    _delete(tx.connection, "connection = ?", connection_id)


def totals(connection: DbConnection) -> tuple[int, int, int]:
    """How many complete attachments there are, their bytes, and the bytes that these take compressed."""
    number, size = connection.execute(
        f"SELECT count(*), coalesce(sum(size), 0) FROM attachment WHERE {_SERVED}"  # noqa: S608 - our own words
    ).fetchone()
    words = f"(SELECT id FROM attachment WHERE address GLOB '{WORDS}*')"  # noqa: S608 - as above
    sql = f"SELECT coalesce(sum(length(body)), 0) FROM attachment_part WHERE attachment NOT IN {words}"  # noqa: S608 - as above
    packed = connection.execute(sql).fetchone()[0]
    return int(number), int(size), int(packed)


def unsound(connection: DbConnection) -> Iterator[int]:
    """The id of each complete attachment whose parts are not what was fetched."""
    rows = connection.execute("SELECT id, size, digest FROM attachment WHERE fetched > 0 ORDER BY id").fetchall()
    for own, size, wanted in rows:
        digest, there = _new_digest(), 0
        for part in parts(connection, own):
            digest.update(part or b"")
            there += -1 if part is None else len(part)
        if there != size or digest.digest() != wanted:
            yield own


def orphans(connection: DbConnection) -> int:
    """How many parts there are of attachments that are gone."""
    return int(connection.execute(f"SELECT count(*) {_ORPHANS}").fetchone()[0])


def drop_unsound(connection: DbConnection) -> None:
    """Remove attachments that are not what was fetched, or whose connection is gone, and parts without an owner."""
    for own in list(unsound(connection)):
        _delete(connection, "id = ?", own)
    connection.execute("DELETE FROM attachment WHERE connection NOT IN (SELECT id FROM connection)")
    connection.execute(f"DELETE {_ORPHANS}")


def parts(connection: DbConnection, own: int) -> Iterator[bytes | None]:
    """The parts of an attachment in their order, restored; None, and no more, where one is missing or cannot be."""
    sql = "SELECT number, body FROM attachment_part WHERE attachment = ? ORDER BY number"
    for place, (number, frame) in enumerate(connection.execute(sql, (own,))):
        try:
            part = compression.unpack(frame) if number == place else None
        except (zstandard.ZstdError, TypeError, ValueError):  # the latter: a body that is no bytes
            part = None
        yield part
        if part is None:
            return


def _delete(connection: DbConnection, condition: str, value: int) -> None:
    chosen = f"FROM attachment WHERE {condition}"
    connection.execute(f"DELETE FROM attachment_part WHERE attachment IN (SELECT id {chosen})", (value,))  # noqa: S608 - our own words
    connection.execute(f"DELETE {chosen}", (value,))


def _new_digest() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=16)
