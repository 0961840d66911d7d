"""Storing records in bulk: unchanged ones are not rewritten, changed ones keep their place."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec.structs import replace

from store.errors import IdentityClash, VaultError
from store.records import dates
from store.records import incoming as served
from store.vault import attached, ordering, versions
from store.vault.identities import identity
from store.vault.kinds import every_kind

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from store.records.incoming import Incoming
    from store.vault.compression import Compressor
    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

COLUMNS = (
    "pk", "h", "connection", "kind", "id", "version", "last_updated", "code", "title", "date", "date_text", "status",
    "flag", "value", "unit", "size", "hash", "dictionary", "body",
)  # fmt: skip
_KEY_COLUMNS = {"pk", "h", "connection", "id"}
_INSERT = f"INSERT INTO resource ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names
_REPLACE = f"{_INSERT} ON CONFLICT (h) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in COLUMNS if column not in _KEY_COLUMNS
)
_INDEX = "INSERT INTO resource_fts (rowid, title, words, marks) VALUES (?, ?, ?, ?)"
_INDEX_ANEW = (
    "INSERT INTO resource_fts (rowid, title, words, marks) "  # noqa: S608 - our own names
    f"SELECT {ordering.PLACE}, ?, ?, {ordering.MARKS} FROM resource WHERE pk = ?"
)
_UNINDEX = f"DELETE FROM resource_fts WHERE rowid = (SELECT {ordering.PLACE} FROM resource WHERE pk = ?)"  # noqa: S608 - as above
_SHOWN = ("kind", "version", "last_updated", "code", "title", "date", "date_text", "status", "flag", "value", "unit")
_REREAD = f"UPDATE resource SET {', '.join(f'{column} = ?' for column in _SHOWN)} WHERE pk = ?"  # noqa: S608 - our own names
_PLACES = (
    "SELECT h, pk, hash, last_updated, connection, kind.type, resource.id "
    "FROM resource CROSS JOIN kind ON kind.id = resource.kind"
)
# In one row, since between two rows other threads have their turn.
_ALL_AT_ONCE = "SELECT json_group_array(json_array(h, pk, hex(hash))) FROM resource"
_CHUNK = 500
_ROWS_AT_ONCE = 100
_EARLY = 1_000  # records; so many are enough to learn from while the first sync goes on
_Place: TypeAlias = "tuple[int, bytes, str | None]"  # primary key, hash, and the portal's time of the last change


def unchanged(connection: DbConnection, connection_id: int, bodies: Sequence[bytes]) -> dict[int, int]:
    """Which of these resources the vault holds byte for byte: their place in `bodies`, and their key in the vault.

    They are told by name and hash without being read, so that a portal which serves everything again costs little.
    Of several with the same name none is told so: which of them stands is for `store` to decide.
    """
    places: dict[int, int] = {}
    doubled: set[int] = set()
    for place, body in enumerate(bodies):
        if found := served.name(body):
            h = identity(connection_id, *found)
            if h in places:
                doubled.add(h)
            places[h] = place
    wanted = [h for h in places if h not in doubled]
    same: dict[int, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        (rows,) = connection.execute(f"{_ALL_AT_ONCE} WHERE h IN ({marks})", chunk).fetchone()
        for h, pk, digest in msgspec.json.decode(rows):
            if digest == served.digest(bodies[places[h]]).hex().upper():
                same[places[h]] = pk
    return same


def store(tx: Transaction, connection_id: int, incoming: Iterable[Incoming]) -> int:
    """Store records of one connection; returns how many were new or had changed. As `store_each`."""
    found = store_each(tx, connection_id, incoming)
    return sum(is_changed for _, is_changed in found.values())


def store_each(
    tx: Transaction, connection_id: int, incoming: Iterable[Incoming], brought: Container[int] = frozenset()
) -> dict[tuple[str, str], tuple[int, bool]]:
    """Store records of one connection; gives for the type and id of each its key, and if it was new or had changed.

    Of two with the same identity the one that the portal wrote later stands, else the one that came later; also where
    the other one's key is among those that the same pull has `brought` before: a search may be paged while records
    change. What an earlier pull brought gives way, whatever its time says. Raises IdentityClash.
    """
    newest = _by_identity(connection_id, incoming)
    known = _known(tx.connection, connection_id, newest)
    changed = [h for h, item in newest.items() if h not in known or known[h][1] != item.digest]
    if brought:
        changed = [h for h in changed if not _has_passed(newest[h], known.get(h), brought)]
    places = {h: known[h][0] for h in known}
    if changed:
        changed.sort(key=lambda h: _order(newest[h]))
        places |= _write(tx, connection_id, [(newest[h], h) for h in changed], places)
    fresh = set(changed)
    return {(item.type, item.id): (places[h], h in fresh) for h, item in newest.items()}


def _write(
    tx: Transaction, connection_id: int, changed: Sequence[tuple[Incoming, int]], known: dict[int, int]
) -> dict[int, int]:
    """Write records, each with its identity, in their order; `known` ones keep their keys. Gives the keys."""
    next_pk = int(tx.connection.execute("SELECT coalesce(max(pk), 0) + 1 FROM resource").fetchone()[0])
    bodies = [item.body for item, _ in changed]
    if next_pk + len(bodies) > ordering.KEYS:
        raise VaultError("the vault has had as many records as it can have")
    if next_pk + len(bodies) > _EARLY:
        tx.compressor.train_if_due(tx.connection, bodies)
    kinds = _kinds(tx.connection, [item for item, _ in changed])
    dictionary, frames = tx.compressor.compress(tx.connection, bodies)
    held = attached.words_of(tx.connection, (connection_id,), [known[h] for _, h in changed if h in known])
    new: list[tuple[object, ...]] = []
    revised: list[tuple[object, ...]] = []
    words: list[tuple[int, str, str, str]] = []
    places: dict[int, int] = {}
    for (item, h), frame in zip(changed, frames, strict=True):
        pk = places[h] = known.get(h) or next_pk + len(new)
        key = (pk, h, connection_id, kinds[item.type, item.kind], item.id)
        row = (*key, *item.shown, len(item.body), item.digest, dictionary, frame)
        (revised if h in known else new).append(row)
        marks = ordering.marks(kinds[item.type, item.kind], connection_id, item.status)
        words.append((ordering.place(item.date, pk), item.title, attached.joined(item.words, held.get(pk)), marks))
    _insert(tx.connection, _INSERT, new)
    versions.keep(tx, [int(str(row[0])) for row in revised])
    tx.connection.executemany(_UNINDEX, [row[:1] for row in revised])  # first: the index goes by the date that was
    tx.connection.executemany(_REPLACE, revised)
    _insert(tx.connection, _INDEX, sorted(words))
    return places


def _insert(connection: DbConnection, one: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows, many by one statement: others have their turn at each statement, and then keep it for a while."""
    whole = len(rows) - len(rows) % _ROWS_AT_ONCE
    if whole:
        many = one + f", ({', '.join('?' * len(rows[0]))})" * (_ROWS_AT_ONCE - 1)
        for start in range(0, whole, _ROWS_AT_ONCE):
            connection.execute(many, list(chain.from_iterable(rows[start : start + _ROWS_AT_ONCE])))
    connection.executemany(one, rows[whole:])


def _has_passed(item: Incoming, known: _Place | None, brought: Container[int]) -> bool:
    """Whether a record is an earlier state of one that the same pull has brought already."""
    return known is not None and known[0] in brought and _is_older(item.last_updated, known[2])


def _by_identity(connection_id: int, incoming: Iterable[Incoming]) -> dict[int, Incoming]:
    newest: dict[int, Incoming] = {}
    for item in incoming:
        h = identity(connection_id, item.type, item.id)
        other = newest.get(h, item)
        if (other.type, other.id) != (item.type, item.id):
            raise IdentityClash(f"{item.type}/{item.id}")
        if other is item or not _is_older(item.last_updated, other.last_updated):
            newest[h] = item
    return newest


def _is_older(one: str | None, other: str | None) -> bool:
    """Whether the first of two instants is certainly before the second."""
    first, second = dates.parse(one), dates.parse(other)
    if not first or not second or first.epoch is None or second.epoch is None:
        return False
    return first.epoch < second.epoch


def _order(item: Incoming) -> tuple[str, int]:
    """Type, then date: neighbours in lists become neighbours in the file."""
    return item.type, item.date or 0


def _kinds(connection: DbConnection, items: Iterable[Incoming]) -> dict[tuple[str, str], int]:
    """The number of each type and noun; new ones are written down."""
    known = {(kind.type, kind.noun): kind.id for kind in every_kind(connection)}
    for pair in {(item.type, item.kind) for item in items} - known.keys():
        known[pair] = int(connection.execute("INSERT INTO kind (type, noun) VALUES (?, ?)", pair).lastrowid)
    return known


def _known(
    connection: DbConnection, connection_id: int, newest: dict[int, Incoming]
) -> dict[int, tuple[int, bytes, str | None]]:
    """Place, hash and time of those records that are in the vault already."""
    found: dict[int, _Place] = {}
    wanted = list(newest)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        rows = connection.execute(f"{_PLACES} WHERE h IN ({marks})", chunk)
        for h, pk, digest, updated, owner, type_name, record_id in rows:
            item = newest[h]
            if (owner, type_name, record_id) != (connection_id, item.type, item.id):
                raise IdentityClash(f"{item.type}/{item.id}")
            found[h] = (pk, digest, updated)
    return found


def unnamed(connection: DbConnection, connection_id: int) -> list[tuple[int, int, bytes]]:
    """Records whose title stands in another record: place, dictionary and compressed body."""
    rows: list[tuple[int, int, bytes]] = connection.execute(
        "SELECT pk, dictionary, body FROM resource WHERE connection = ? AND title = ''",
        (connection_id,),
    ).fetchall()
    return rows


def name(tx: Transaction, titles: Sequence[tuple[int, str, str, str]]) -> None:
    """Give records their titles: place, title, code and the words they are searched by."""
    tx.connection.executemany(
        "UPDATE resource SET title = ?, code = CASE code WHEN '' THEN ? ELSE code END WHERE pk = ?",
        [(str(title), str(code), pk) for pk, title, code, _ in titles],
    )
    tx.connection.executemany(_UNINDEX, [(pk,) for pk, *_ in titles])
    tx.connection.executemany(_INDEX_ANEW, [(title, words, pk) for pk, title, _, words in titles])


def index(tx: Transaction, pk: int, title: str, words: str) -> None:
    """Have search know a record by its title and other words than before."""
    tx.connection.execute(_UNINDEX, (pk,))
    tx.connection.execute(_INDEX_ANEW, (title, words, pk))


def forget_connection(tx: Transaction, connection_id: int) -> None:
    """Remove every record of a connection, its earlier versions, and what search knows of them."""
    versions.forget_connection(tx, connection_id)
    tx.connection.execute(
        f"DELETE FROM resource_fts WHERE rowid IN (SELECT {ordering.PLACE} FROM resource WHERE connection = ?)",  # noqa: S608 - as above
        (connection_id,),
    )
    tx.connection.execute(
        "DELETE FROM absence WHERE pk IN (SELECT pk FROM resource WHERE connection = ?)", (connection_id,)
    )
    tx.connection.execute("DELETE FROM resource WHERE connection = ?", (connection_id,))


def reread(connection: DbConnection, compressor: Compressor) -> int:
    """Compute the columns and search words of every record anew from its own bytes; returns how many there are.

    For vaults that an earlier release filled, and for a search index that is lost. A record that cannot be read keeps
    its columns; a title that stands in another record is kept, too.
    """
    connection.execute("INSERT INTO resource_fts (resource_fts) VALUES ('delete-all')")
    every = [number for (number,) in connection.execute("SELECT id FROM connection").fetchall()]
    done, place = 0, 0
    shown = ", ".join(_SHOWN)
    while rows := connection.execute(
        f"SELECT pk, title, code, dictionary, body, {shown} FROM resource WHERE pk > ? ORDER BY pk LIMIT ?",  # noqa: S608 - our own names
        (place, _CHUNK),
    ).fetchall():
        found = {row[0]: _read(compressor.restore(connection, *row[3:5])) for row in rows}
        kinds = _kinds(connection, [item for item in found.values() if item])
        columns: list[tuple[object, ...]] = []
        words: list[tuple[str, str, int]] = []
        held = attached.words_of(connection, every, found)
        for pk, title, code, _, _, *before in rows:
            if item := found[pk]:
                item = replace(item, title=item.title or title, code=item.code or code)
                now = [kinds[item.type, item.kind], *item.shown]
                if now != before:  # nearly always they are the same, and to write them all takes as long as the rest
                    columns.append((*now, pk))
            heading, text = (item.title, item.words) if item else (title, "")
            words.append((heading, attached.joined(text, held.get(pk)), pk))
        connection.executemany(_REREAD, columns)
        connection.executemany(_INDEX_ANEW, words)
        done, place = done + len(rows), rows[-1][0]
    connection.execute("INSERT INTO resource_fts (resource_fts) VALUES ('optimize')")  # all of it is new, in many parts
    return done


def _read(body: bytes) -> Incoming | None:
    try:
        return served.decode(body)
    except ValueError:
        return None
