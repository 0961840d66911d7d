"""Records on their way out: read in the order in which they are stored, or newest first, in steps of bounded size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from store.vault import absences, looks, paging, reading
from store.vault.kinds import every_kind, every_noun
from store.vault.reading import News, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.vault.engine import DbConnection
    from store.vault.reading import Filter
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

_AT_ONCE = 200
_WIDTH = len(reading.ROW_COLUMNS)
_ELSEWHERE = {"type": "kind.type", "kind": "kind.noun"}
_SELECT = (
    "SELECT "
    + ", ".join(_ELSEWHERE.get(name, f"resource.{name}") for name in reading.ROW_COLUMNS)
    + ", resource.dictionary, resource.body"
)
Stored: TypeAlias = tuple[tuple[Any, ...], bytes]
"""The columns of a record, in the order of `reading.ROW_COLUMNS`, and its own bytes."""


@dataclass(frozen=True)
class Series:
    """How far a series of exports has come: for each connection the highest keys, and what was told to be gone.

    `chosen` says which records the series is of; `at` is when it was last written (seconds since 1970 UTC).
    """

    chosen: str
    at: int
    tops: dict[int, tuple[int, int]]
    gone: tuple[int, ...] = ()


def as_stored(vault: Vault, connection: DbConnection, wanted: Filter) -> Iterator[Stored]:
    """The records that are wanted in the order in which they came, read from the start of the table to its end."""
    where, values = reading.condition(connection, wanted)
    rows = connection.execute(
        f"{_SELECT} FROM resource NOT INDEXED CROSS JOIN kind ON kind.id = resource.kind{where} ORDER BY resource.pk",
        values,
    )
    while found := rows.fetchmany(_AT_ONCE):
        yield from _restored(vault, connection, found)


def bodies_as_stored(
    vault: Vault, connection: DbConnection, wanted: Filter
) -> Iterator[tuple[tuple[str, str], str, int, bytes]]:
    """The same with nothing of what lists show: type and noun, id, connection, and the record's own bytes."""
    kinds = {kind.id: (kind.type, kind.noun) for kind in every_kind(connection)}
    where, values = reading.condition(connection, wanted)
    rows = connection.execute(
        f"SELECT kind, id, connection, dictionary, body FROM resource NOT INDEXED{where} ORDER BY pk",  # noqa: S608 - our own columns
        values,
    )
    restore = vault.compressor.restore
    while found := rows.fetchmany(_AT_ONCE):
        bodies = [restore(connection, row[3], row[4]) for row in found]
        vault.check_pages(connection)
        for (kind, own, owner, _, _), body in zip(found, bodies, strict=True):
            yield kinds[kind], own, owner, body


def newest_first(vault: Vault, connection: DbConnection, wanted: Filter) -> Iterator[Stored]:
    """The records that are wanted, newest first, by the index of kinds and dates."""
    for keys in paging.walk(connection, wanted):
        places = [pk for _, pk in keys]
        for start in range(0, len(places), _AT_ONCE):
            yield from of(vault, connection, places[start : start + _AT_ONCE])


def of(vault: Vault, connection: DbConnection, places: Sequence[int]) -> Iterator[Stored]:
    """Records by their primary keys, in the order of these."""
    joined = f"{_SELECT} FROM resource CROSS JOIN kind ON kind.id = resource.kind"
    sql = f"{joined} WHERE resource.pk IN ({','.join('?' * len(places))})"
    found = {row[0]: row for row in connection.execute(sql, list(places)).fetchall()}
    yield from _restored(vault, connection, [found[pk] for pk in places if pk in found])


def _restored(vault: Vault, connection: DbConnection, rows: Sequence[tuple[Any, ...]]) -> list[Stored]:
    """Bodies of rows, after a look whether every page they came from is what was written."""
    restore = vault.compressor.restore
    found = [(row, restore(connection, row[_WIDTH], row[_WIDTH + 1])) for row in rows]
    vault.check_pages(connection)
    return found


def series(connection: DbConnection, name: str) -> Series | None:
    """How far the series of this name has come; None for one that is new."""
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (_setting(name),)).fetchone()
    return msgspec.json.decode(row[0], type=Series) if row else None


def advance(tx: Transaction, name: str, reached: Series) -> None:
    """Remember how far a series has come, once what it wrote is in its place."""
    tx.connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_setting(name), msgspec.json.encode(reached).decode()),
    )


def since(connection: DbConnection, before: Series | None, owners: Sequence[int]) -> tuple[News, ...]:
    """What is new to a series in each connection: all of one that it has not had."""
    nouns = tuple(sorted(every_noun(connection)))
    tops = before.tops if before else {}
    return tuple(News(owner, nouns, *tops.get(owner, (0, 0))) for owner in owners)


def reached(connection: DbConnection, chosen: str, owners: Sequence[int], at: int) -> Series:
    """How far a series comes that has everything of these connections as they are now."""
    gone = tuple(sorted(absences.marked(connection, tuple(owners))))
    return Series(chosen, at, {owner: looks.top(connection, owner) for owner in owners}, gone)


def rows_of(connection: DbConnection, places: Sequence[int]) -> list[Row]:
    """The columns of records by their primary keys."""
    return reading.rows_of(connection, places)


def _setting(name: str) -> str:
    return f"export_series_{name}"
