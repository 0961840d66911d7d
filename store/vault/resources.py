"""Storing records in bulk: unchanged ones are not rewritten, changed ones keep their place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from store.errors import IdentityClash
from store.records import dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.records.envelope import Envelope
    from store.vault.engine import DbConnection
    from store.vault.vault import Transaction

COLUMNS = (
    "pk", "h", "connection", "type", "id", "version", "last_updated", "kind", "code", "title", "date", "date_text",
    "status", "flag", "value", "unit", "size", "hash", "dictionary", "body",
)  # fmt: skip
_KEY_COLUMNS = {"pk", "h", "connection", "type", "id"}
_INSERT = (
    f"INSERT INTO resource ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608 - our own names
    "ON CONFLICT (h) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in COLUMNS if column not in _KEY_COLUMNS)
)
_CHUNK = 500
_Place: TypeAlias = "tuple[int, bytes, str | None]"  # primary key, hash, and the portal's time of the last change


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as it came from a portal: identity, its own bytes, its columns and its words for search."""

    type: str
    id: str
    version: str | None
    last_updated: str | None
    body: bytes
    envelope: Envelope
    words: str


def identity(connection_id: int, type_name: str, record_id: str) -> int:
    """The signed 64-bit key of a record: blake2b of its connection, type and id."""
    name = f"{connection_id}|{type_name}/{record_id}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)


def store(tx: Transaction, connection_id: int, incoming: Iterable[Incoming], *, keeps_newer: bool = False) -> int:
    """Store records of one connection; returns how many were new or had changed.

    Of two with the same identity the later one stands; with `keeps_newer` not one that its portal wrote before the
    other, as happens when a search is paged while records change. Raises IdentityClash.
    """
    newest: dict[int, Incoming] = {}
    for item in incoming:
        h = identity(connection_id, item.type, item.id)
        other = newest.get(h, item)
        if (other.type, other.id) != (item.type, item.id):
            raise IdentityClash(f"{item.type}/{item.id}")
        if not (keeps_newer and _is_older(item.last_updated, other.last_updated)):
            newest[h] = item
    known = _known(tx.connection, connection_id, newest)
    hashes = {h: hashlib.blake2b(item.body, digest_size=16).digest() for h, item in newest.items()}
    changed = [h for h in newest if h not in known or known[h][1] != hashes[h]]
    if keeps_newer:
        changed = [h for h in changed if h not in known or not _is_older(newest[h].last_updated, known[h][2])]
    changed.sort(key=lambda h: _order(newest[h]))
    next_pk = int(tx.connection.execute("SELECT coalesce(max(pk), 0) + 1 FROM resource").fetchone()[0])
    rows, words, outdated = [], [], []
    for h in changed:
        if h in known:
            pk = known[h][0]
            outdated.append((pk,))
        else:
            pk, next_pk = next_pk, next_pk + 1
        item = newest[h]
        rows.append(_row(tx, (pk, h, connection_id), item, hashes[h]))
        words.append((pk, item.envelope.title, item.words))
    tx.connection.executemany(_INSERT, rows)
    tx.connection.executemany("DELETE FROM resource_fts WHERE rowid = ?", outdated)
    tx.connection.executemany("INSERT INTO resource_fts (rowid, title, words) VALUES (?, ?, ?)", words)
    return len(changed)


def _is_older(one: str | None, other: str | None) -> bool:
    """Whether the first of two instants is certainly before the second."""
    first, second = dates.parse(one), dates.parse(other)
    if not first or not second or first.epoch is None or second.epoch is None:
        return False
    return first.epoch < second.epoch


def _order(item: Incoming) -> tuple[str, int]:
    """Type, then date: neighbours in lists become neighbours in the file."""
    date = item.envelope.date
    return item.type, date.epoch or 0 if date else 0


def _row(tx: Transaction, key: tuple[int, int, int], item: Incoming, digest: bytes) -> tuple[object, ...]:
    dictionary, body = tx.compressor.compress(tx.connection, item.body)
    shown = item.envelope
    return (
        *key, item.type, item.id, item.version, item.last_updated, shown.kind, shown.code, shown.title,
        shown.date.epoch if shown.date else None, shown.date.text if shown.date else "", shown.status, shown.flag,
        shown.value, shown.unit, len(item.body), digest, dictionary, body,
    )  # fmt: skip


def _known(
    connection: DbConnection, connection_id: int, newest: dict[int, Incoming]
) -> dict[int, tuple[int, bytes, str | None]]:
    """Place, hash and time of those records that are in the vault already."""
    found: dict[int, _Place] = {}
    wanted = list(newest)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        sql = f"SELECT h, pk, hash, last_updated, connection, type, id FROM resource WHERE h IN ({marks})"  # noqa: S608 - only question marks are added
        rows = connection.execute(sql, chunk)
        for h, pk, digest, updated, owner, type_name, record_id in rows:
            item = newest[h]
            if (owner, type_name, record_id) != (connection_id, item.type, item.id):
                raise IdentityClash(f"{item.type}/{item.id}")
            found[h] = (pk, digest, updated)
    return found


def unnamed(connection: DbConnection, connection_id: int) -> list[tuple[int, int, bytes]]:
    """Records whose title stands in another record: place, dictionary and compressed body."""
    rows: list[tuple[int, int, bytes]] = connection.execute(
        "SELECT pk, dictionary, body FROM resource WHERE connection = ? AND title = '' AND kind <> ''",
        (connection_id,),
    ).fetchall()
    return rows


def name(tx: Transaction, titles: Sequence[tuple[int, str, str, str]]) -> None:
    """Give records their titles: place, title, code and the words they are searched by."""
    tx.connection.executemany(
        "UPDATE resource SET title = ?, code = CASE code WHEN '' THEN ? ELSE code END WHERE pk = ?",
        [(title, code, pk) for pk, title, code, _ in titles],
    )
    tx.connection.executemany("DELETE FROM resource_fts WHERE rowid = ?", [(pk,) for pk, *_ in titles])
    tx.connection.executemany(
        "INSERT INTO resource_fts (rowid, title, words) VALUES (?, ?, ?)",
        [(pk, title, words) for pk, title, _, words in titles],
    )


def forget_connection(tx: Transaction, connection_id: int) -> None:
    """Remove every record of a connection, and what search knows of them."""
    tx.connection.execute(
        "DELETE FROM resource_fts WHERE rowid IN (SELECT pk FROM resource WHERE connection = ?)",
        (connection_id,),
    )
    tx.connection.execute("DELETE FROM resource WHERE connection = ?", (connection_id,))
