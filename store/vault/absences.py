"""Records that their portal has no more: kept as they were last, and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction


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

    Records are told by their primary keys; the missing ones are given with their ids.
    """
    sql = (
        "SELECT pk, id FROM resource WHERE connection = ? AND kind IN (SELECT id FROM kind WHERE type = ?) "
        "AND pk NOT IN (SELECT pk FROM absence)"
    )
    size, found = 0, {}
    for pk, record_id in connection.execute(sql, (connection_id, type_name)):
        size += 1
        if pk not in seen:
            found[pk] = record_id
    return size, found
