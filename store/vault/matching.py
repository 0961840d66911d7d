"""Matches of the search index, a page at a time: newest first, however many records a word stands in."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from itertools import takewhile
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from store.light import dataclass
from store.vault import ordering, paging, reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.vault.engine import DbConnection
    from store.vault.reading import Row

CROWD = 2_000
"""On a day with more matches than this they come by their keys, since to sort by the hour is to read them all."""
INSIDE = "FROM resource_fts WHERE resource_fts MATCH ? AND rowid BETWEEN ? AND ?"
"""Where matches are looked for; its parameters are an `Asked`'s values."""
_LOOKED_INTO = 200, 4_000  # matches at first, and at the most at once
_OF_A_DAY = 10  # matches that are fetched with them: they mostly end the day that the last one is of
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What the search index is asked for: a match of FTS5, and between which two places; these are whole days.

    Some matches of the first and the last day may be `outside` of the time that is wanted.
    """

    match: str
    low: int
    high: int
    outside: frozenset[int] = frozenset()

    @property
    def values(self) -> tuple[str, int, int]:
        """The parameters of `INSIDE`."""
        return self.match, self.low, self.high


def ask(connection: DbConnection, match: str, wanted: Filter) -> Asked:
    """Ask for the matches of an FTS5 expression in the time that is wanted."""
    asked = Asked(match, *ordering.bounds(wanted.since, wanted.until, wanted.after))
    edges = [second for second in (wanted.since, wanted.until) if second is not None]
    time = Filter(since=wanted.since, until=wanted.until)
    outside: set[int] = set()
    for day in {ordering.place(second, 0) for second in edges if second != ordering.midnight(second)}:
        places = array(connection, f"SELECT rowid {INSIDE}", (match, *ordering.day(day)))
        outside |= set(places) - _wanted(connection, places, time)
    return replace(asked, outside=frozenset(outside))


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, whether there are no more, and how many matches were found when some were asked for ahead."""

    rows: list[Row]
    is_all: bool
    seen: int


def page(connection: DbConnection, asked: Asked, wanted: Filter, ahead: int = 0) -> Page:
    """The newest matches that are wanted, in the order of lists; so many are asked for ahead, to be counted.

    Whole days are looked into, from the newest on, until they have more than the page.
    """
    limit = sys.maxsize if wanted.limit is None else wanted.limit
    first, most = _LOOKED_INTO
    size = first if wanted.goes_by_rows else min(limit + 1, most)
    found: list[Row] = []
    seen = 0
    while True:
        number = max(size + _OF_A_DAY, ahead)
        fetched = matches(connection, asked, number)
        is_all = len(fetched) < number
        places = _whole_days(connection, asked, fetched, size, is_all=is_all)
        seen = len(fetched) if ahead else seen
        order = _Order(places)
        chosen = kept(connection, places, asked, wanted)
        rows = rows_at(connection, order.first(chosen, limit + 1, wanted.after), wanted)
        found += order.of(rows, wanted.after)
        is_all = is_all and len(places) == len(fetched)
        if is_all or len(found) > limit:
            return Page(found[:limit], is_all and len(found) <= limit, seen)
        asked, size, ahead = replace(asked, high=places[-1] - 1), min(size * 4, most), 0


def _whole_days(
    connection: DbConnection, asked: Asked, fetched: Sequence[int], size: int, *, is_all: bool
) -> list[int]:
    """So many of the newest matches, and what else is of the last one's day, which may not have been fetched."""
    places = list(fetched[:size])
    if not places or not ordering.is_dated(places[-1]):
        return places
    low = max(ordering.day(places[-1])[0], asked.low)
    places += takewhile(low.__le__, fetched[size:])
    if len(places) == len(fetched) and not is_all:
        places += array(connection, f"SELECT rowid {INSIDE} ORDER BY rowid DESC", (asked.match, low, places[-1] - 1))
    return places


class _Order:
    """The order of lists, in which the places of one day do not stand, for some whole days.

    A day with too many matches to be sorted keeps the order of their keys.
    """

    def __init__(self, places: Sequence[int]) -> None:
        many = places if len(places) > CROWD else ()
        counted = Counter(ordering.day(place) for place in many if ordering.is_dated(place))
        self._crowded = {day for day, number in counted.items() if number > CROWD}

    def first(self, places: Sequence[int], most: int, after: paging.Key | None) -> list[int]:
        """The places, but for those of crowded days no more than are needed."""
        if not self._crowded:
            return list(places)
        below = sys.maxsize if after is None else ordering.place(*after)
        kept: Counter[tuple[int, int]] = Counter()
        found = []
        for place in places:
            day = ordering.day(place)
            if day in self._crowded:
                if place >= below or kept[day] >= most:
                    continue
                kept[day] += 1
            found.append(place)
        return found

    def of(self, rows: Iterable[Row], after: paging.Key | None) -> list[Row]:
        """The rows in their order, without those up to the one they are to come after."""
        found = sorted(((self._rank(row.date, row.pk), row) for row in rows), key=itemgetter(0))
        last = None if after is None else self._rank(*after)
        return [row for rank, row in found if last is None or rank > last]

    def _rank(self, date: int | None, pk: int) -> tuple[bool, int, int]:
        if self._crowded and date is not None and ordering.day(ordering.place(date, pk)) in self._crowded:
            date = ordering.midnight(date)
        return paging.rank((date, pk))


def kept(connection: DbConnection, places: Sequence[int], asked: Asked, wanted: Filter) -> list[int]:
    """Those of the places at which a record is as wanted, in their order."""
    found = _wanted(connection, places, replace(wanted, after=None)) if wanted.goes_by_rows else None
    return [place for place in places if place not in asked.outside and (found is None or place in found)]


def count(connection: DbConnection, asked: Asked, most: int) -> int:
    """How many matches there are, counted until there are more than so many."""
    sql = f"SELECT count(*) FROM (SELECT rowid {INSIDE} LIMIT {most + len(asked.outside) + 1:d})"  # noqa: S608 - our own words
    found = connection.execute(sql, asked.values).fetchone()
    return int(found[0]) - len(asked.outside)


def matches(connection: DbConnection, asked: Asked, most: int) -> list[int]:
    """The places of the newest matches."""
    return array(connection, f"SELECT rowid {INSIDE} ORDER BY rowid DESC LIMIT {most:d}", asked.values)


def array(connection: DbConnection, sql: str, values: Sequence[object]) -> list[int]:
    """The numbers that a statement gives, in one row, since between two rows other threads have their turn."""
    found = connection.execute(f"SELECT json_group_array(rowid) FROM ({sql})", values).fetchone()  # noqa: S608 - our own words
    numbers: list[int] = msgspec.json.decode(found[0])
    return numbers


def rows_at(connection: DbConnection, places: Sequence[int], wanted: Filter) -> list[Row]:
    """The rows at these places, in their order; none of a connection that is not wanted, whatever its marks say."""
    found = reading.rows_of(connection, [ordering.key(place) for place in places])
    return [row for row in found if wanted.connections is None or row.connection in wanted.connections]


def titles_at(connection: DbConnection, places: Sequence[int]) -> list[str]:
    """The titles of the records at these places, in no order."""
    keys = msgspec.json.encode([ordering.key(place) for place in places]).decode()
    sql = "SELECT title FROM resource WHERE pk IN (SELECT value FROM json_each(?))"
    return [title for (title,) in connection.execute(sql, (keys,)).fetchall()]


def _wanted(connection: DbConnection, places: Sequence[int], wanted: Filter) -> set[int]:
    """Those of the places at which a record is as wanted."""
    condition, values = reading.condition(connection, wanted)
    found: set[int] = set()
    for start in range(0, len(places), _CHUNK):
        keys = {ordering.key(place): place for place in places[start : start + _CHUNK]}
        joint = f"{condition or ' WHERE 1'} AND pk IN ({','.join('?' * len(keys))})"
        rows = connection.execute(f"SELECT pk FROM resource NOT INDEXED{joint}", (*values, *keys)).fetchall()  # noqa: S608 - our own columns
        found.update(keys[pk] for (pk,) in rows)
    return found
