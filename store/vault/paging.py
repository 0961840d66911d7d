"""Pages of records, newest first, by the index of kinds and dates: what stood before a page is not read again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from store.vault import reading
from store.vault.kinds import kinds_of
from store.vault.reading import Filter, Row
from store.vault.remembered import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.vault.engine import DbConnection

COUNTED = 3_000
"""So many records are counted; where there are more, that is all that is said."""
_FIRST, _MOST = 200, 12_800
_UNDATED = 1 << 62  # what has no date comes after all that has one
Key: TypeAlias = tuple[int | None, int]
"""The date of a record and its primary key: its place in a list."""


def page(connection: DbConnection, wanted: Filter) -> list[Row]:
    """The next `wanted.limit` records that are wanted, newest first, after `wanted.after`."""
    if wanted.limit is None or wanted.record_id is not None or wanted.words or wanted.news is not None:
        return _whole(connection, wanted)
    return reading.rows_of(connection, [pk for _, pk in keys(connection, wanted)])


def _whole(connection: DbConnection, wanted: Filter) -> list[Row]:
    found = reading.rows(connection, replace(wanted, after=None, limit=None if wanted.after else wanted.limit))
    if wanted.after is None:
        return found
    return [row for row in found if rank((row.date, row.pk)) > rank(wanted.after)][: wanted.limit]


def keys(connection: DbConnection, wanted: Filter) -> list[Key]:
    """The places of the next `wanted.limit` records that are wanted.

    Each kind has its own stretch of the index, of which no more is read than a page. The kind with the newest record
    comes first, and none is read whose newest is older than what others have filled the page with.
    """
    limit = wanted.limit or 0
    plain = replace(wanted, kinds=(), types=(), after=None)
    condition, values = reading.condition(connection, plain)
    beginning = (
        f"SELECT coalesce(-date, {_UNDATED}), -pk FROM resource "  # noqa: S608 - our own columns
        f"INDEXED BY resource_by_kind{condition or ' WHERE 1'} AND kind = ?"
    )
    end = f" ORDER BY date DESC, pk DESC LIMIT {limit:d}"  # a number that is bound has SQLite plan anew each time
    places: list[tuple[int, int]] = []
    for newest, kind in _by_newest(connection, wanted):
        oldest = places[-1][0] if places and len(places) == limit else None
        if oldest is not None and newest is not None and newest > oldest:
            break
        for span, bounds in _spans(wanted.after, None if oldest == _UNDATED else oldest):
            rows = connection.execute(f"{beginning}{span}{end}", (*values, kind, *bounds)).fetchall()
            places += rows
            if len(rows) >= limit:
                break
        places.sort()
        del places[limit:]
    return [(None if place == _UNDATED else -place, -pk) for place, pk in places]


def walk(connection: DbConnection, wanted: Filter, first: int = _FIRST) -> Iterator[list[Key]]:
    """The places of all records that are wanted, newest first, in stretches that grow; the first has so many."""
    size, after = min(max(first, 1), _MOST), wanted.after
    while found := keys(connection, replace(wanted, limit=size, after=after)):
        yield found
        if len(found) < size:
            return
        after, size = found[-1], min(size * 4, _MOST)


def count(connection: DbConnection, wanted: Filter) -> tuple[int, bool]:
    """How many records are wanted, and whether that is all: no more than so many are looked at.

    Where it takes a look into each record and there are more to look into, nothing is known, which is none at least.
    Each page of a list asks for it: it is counted once.
    """
    whole = replace(wanted, after=None, limit=None)
    return once(connection, ("count", whole), lambda: _count(connection, whole))


def _count(connection: DbConnection, wanted: Filter) -> tuple[int, bool]:
    if wanted.record_id is not None or wanted.words or wanted.news is not None:
        return reading.count(connection, wanted), True
    by_date = Filter(connections=wanted.connections, since=wanted.since, until=wanted.until)
    condition, values = reading.condition(connection, by_date)
    # Kinds are named also where all are wanted: to find a time takes its kind.
    numbers = [kind.id for kind in kinds_of(connection, wanted)]
    among = f"{condition or ' WHERE 1'} AND kind IN ({','.join('?' * len(numbers))})"
    inside = f"SELECT 1 FROM resource INDEXED BY resource_by_kind{among} LIMIT {COUNTED + 1}"  # noqa: S608 - our own columns
    sql = f"SELECT count(*) FROM ({inside})"  # noqa: S608 - as above
    every = int(connection.execute(sql, (*values, *numbers)).fetchone()[0])
    if every > COUNTED:
        return (0 if wanted.is_narrow else COUNTED), False
    return (reading.count(connection, wanted) if wanted.is_narrow else every), True


def _by_newest(connection: DbConnection, wanted: Filter) -> list[tuple[int | None, int]]:
    """The kinds that are wanted, the one with the newest record first, each after the place of its newest by date.

    Where some connections are not wanted, that is not looked for: theirs may be all there are of a kind.
    """
    chosen = {kind.id for kind in kinds_of(connection, wanted)}
    is_of_some = wanted.connections is not None and set(reading.every_connection(connection)) - set(wanted.connections)
    if is_of_some or len(chosen) == 1:
        return [(None, number) for number in sorted(chosen)]
    bounds = [wanted.until - 1] if wanted.until is not None else []
    if wanted.after is not None and wanted.after[0] is not None:
        bounds.append(wanted.after[0])
    condition, values = reading.condition(connection, Filter(connections=wanted.connections))
    last = " AND date <= ?" if bounds else ""
    newest = (
        f"SELECT date FROM resource INDEXED BY resource_by_kind{condition or ' WHERE 1'} "  # noqa: S608 - our own columns
        f"AND resource.kind = kind.id{last} ORDER BY date DESC LIMIT 1"
    )
    asked = f"SELECT id, ({newest}) FROM kind", (*values, *sorted(bounds)[:1])  # noqa: S608 - as above
    found = once(connection, asked, lambda: connection.execute(*asked).fetchall())
    return sorted((_UNDATED if date is None else -date, number) for number, date in found if number in chosen)


def _spans(after: Key | None, oldest: int | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Stretches of a kind's index, one after the other: those with a date, and those without."""
    floor, least = ("", ()) if oldest is None else (" AND date >= ?", (-oldest,))
    if after is None:
        yield f"{floor or ' AND date IS NOT NULL'}", least
    elif after[0] is not None:
        yield f" AND date <= ? AND (date < ? OR pk < ?){floor}", (after[0], after[0], after[1], *least)
    if oldest is not None:
        return
    if after is None or after[0] is not None:
        yield " AND date IS NULL", ()
    else:
        yield " AND date IS NULL AND pk < ?", (after[1],)


def rank(key: Key) -> tuple[bool, int, int]:
    """What sorts the newest first, and those without a date last."""
    date, pk = key
    return date is None, -(date or 0), -pk
