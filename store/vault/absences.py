"""Records that their portal has no more: kept as they were last, and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

_CHUNK = 500


def mark(tx: Transaction, places: Iterable[int], at: int) -> None:
    """Mark records, by their primary keys, as found absent `at` this time (seconds since 1970 UTC)."""
    tx.connection.executemany("INSERT OR IGNORE INTO absence (pk, at) VALUES (?, ?)", [(pk, at) for pk in places])


def unmark(tx: Transaction, places: Iterable[int]) -> None:
    """Take the mark from records that are there again."""
    tx.connection.executemany("DELETE FROM absence WHERE pk = ?", [(pk,) for pk in places])


def marked(connection: DbConnection, connections: tuple[int, ...]) -> dict[int, int]:
    """The primary keys of the records of connections that are absent, with the time when they were found so."""
    marks = ",".join("?" * len(connections))
    sql = (
        "SELECT absence.pk, absence.at FROM absence JOIN resource ON resource.pk = absence.pk "  # noqa: S608 - only marks
        f"WHERE resource.connection IN ({marks})"
    )
    return dict(connection.execute(sql, connections).fetchall())


def of(connection: DbConnection, keys: Sequence[int]) -> dict[int, int]:
    """Those of the records, by their primary keys, that are absent, with the time when they were found so."""
    found: dict[int, int] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        sql = f"SELECT pk, at FROM absence WHERE pk IN ({','.join('?' * len(chunk))})"  # noqa: S608 - only question marks are added
        found |= dict(connection.execute(sql, chunk).fetchall())
    return found


def counts(connection: DbConnection, connection_id: int) -> dict[str, int]:
    """How many records of each type are absent."""
    sql = (
        "SELECT type, count(*) FROM absence JOIN resource ON resource.pk = absence.pk "
        "JOIN kind ON kind.id = resource.kind WHERE connection = ? GROUP BY type"
    )
    return dict(connection.execute(sql, (connection_id,)).fetchall())


def missing(
    connection: DbConnection, connection_id: int, type_name: str, seen: Container[int]
) -> tuple[int, dict[int, str]]:
    """How many records of a type are not marked, and those of them that are not among the `seen` ones.

    Records are told by their primary keys; the missing ones are given with their ids. The seen ones are all of this
    connection, and not marked.
    """
    (keys,) = connection.execute(  # from the index alone, and in one row
        "SELECT json_group_array(pk) FROM resource "
        "WHERE kind IN (SELECT id FROM kind WHERE type = ?) AND connection = ?",
        (type_name, connection_id),
    ).fetchone()
    there = msgspec.json.decode(keys)
    others = [pk for pk in there if pk not in seen]
    found: dict[int, str] = {}
    for start in range(0, len(others), _CHUNK):
        chunk = others[start : start + _CHUNK]
        sql = (
            f"SELECT pk, id FROM resource WHERE pk IN ({','.join('?' * len(chunk))}) AND connection = ? "  # noqa: S608 - only question marks are added
            "AND pk NOT IN (SELECT pk FROM absence)"
        )
        found |= dict(connection.execute(sql, (*chunk, connection_id)).fetchall())
    return len(there) - len(others) + len(found), found
