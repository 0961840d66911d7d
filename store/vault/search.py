"""Searching records for words: newest first, or by relevance; and words of the vault that are spelled nearly so.

The search index goes by day: however many records a word stands in, no more of them are looked at than a page needs,
or than are counted. By relevance, what is named so comes first.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from enum import StrEnum
from itertools import islice, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from store.light import dataclass
from store.vault import ordering, paging, reading, vocabulary
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from store.records.questions import Term
    from store.vault.engine import DbConnection
    from store.vault.reading import Row

RANKED = 4_000
"""So many matches are ranked by how much they say of what was asked; of more, by their titles and dates."""
NAMED = 100_000
"""Of more matches than this the titles are not looked into: what stands in so many says little of any."""
COUNTED = 200
"""So many matches are counted; where there are more, that is all that is said."""
CROWD = 2_000
"""On a day with more matches than this they come by their keys, since to sort by the hour is to read them all."""
_SPELLINGS = 48
_LOOKED_INTO = 200, 4_000  # matches at first, and at the most at once
_CHUNK = 500
_FARTHEST = 2  # letters that a word may be longer or shorter
_INSIDE = "FROM resource_fts WHERE resource_fts MATCH ? AND rowid BETWEEN ? AND ?"
_WEIGHTS = "AND rank MATCH 'bm25(1.0, 10.0, 0.0)'"  # of words, titles, and marks, which are no matter of relevance


class Ranking(StrEnum):
    """What comes first: what is the most about it, what is named so and then the newest, or the newest."""

    BEST = "best"
    TITLE = "title"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of matches: its rows, how many there are, whether that is all, and what comes first."""

    rows: list[Row]
    total: int
    is_whole: bool
    ranking: Ranking = Ranking.DATE


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the search index is asked for: a match of FTS5, and between which two places; these are whole days.

    Some matches of the first and the last day may be `outside` of the time that is wanted.
    """

    match: str
    low: int
    high: int
    outside: frozenset[int] = frozenset()

    @property
    def values(self) -> tuple[str, int, int]:
        return self.match, self.low, self.high


def newest(connection: DbConnection, terms: Sequence[Term], wanted: Filter) -> Found:
    """The newest records in which every term stands."""
    return newest_of(connection, expression(connection, terms), wanted)


def newest_of(connection: DbConnection, expression: str, wanted: Filter) -> Found:
    """The newest records that an FTS5 expression matches; an empty one matches those of the statuses wanted."""
    if wanted.limit is None:
        rows = reading.search(connection, expression, wanted)
        return Found(rows, len(rows), is_whole=True)
    marks = _marks(connection, wanted)
    if marks is None:
        return Found([], 0, is_whole=True)
    match = ordering.in_words(expression) + marks if expression else marks.removeprefix(ordering.AND)
    asked = _asked(connection, match, wanted)
    is_narrow = _is_narrow(wanted)
    if is_narrow or wanted.after is None:
        page = _page(connection, asked, wanted, 0 if is_narrow else COUNTED + len(asked.outside) + 1)
        return _found(page, wanted, page.seen - len(asked.outside))
    whole = replace(asked, high=ordering.bounds(wanted.since, wanted.until)[1])
    return _found(_page(connection, asked, wanted), wanted, _count(connection, whole, COUNTED))


def listed(connection: DbConnection, expression: str, wanted: Filter) -> Found:
    """The newest records that are wanted, and that an FTS5 expression matches unless it is empty."""
    if expression or (wanted.statuses and wanted.limit is not None):
        return newest_of(connection, expression, wanted)
    if wanted.limit is None:
        rows = paging.page(connection, wanted)
        return Found(rows, len(rows), is_whole=True)
    rows = paging.page(connection, replace(wanted, limit=wanted.limit + 1))
    page = rows[: wanted.limit]
    if len(rows) == len(page) and wanted.after is None:
        return Found(page, len(page), is_whole=True)
    total, is_whole = paging.count(connection, wanted)
    return Found(page, max(total, len(page)), is_whole)


def relevant_of(connection: DbConnection, expression: str, wanted: Filter) -> Found:
    """The records that an FTS5 expression matches, those that are most about it first.

    Of many, those in whose titles it stands, and then the others, each newest first; of very many, the newest.
    """
    marks = _marks(connection, wanted)
    if marks is None:
        return Found([], 0, is_whole=True, ranking=Ranking.BEST)
    match, titles = ordering.in_words(expression), ordering.in_titles(expression)
    asked = _asked(connection, match + marks, wanted)
    counted = _count(connection, asked, NAMED)
    if counted <= RANKED:
        ranked = _array(connection, f"SELECT rowid {_INSIDE} {_WEIGHTS} ORDER BY rank, rowid DESC", asked.values)
        places = _chosen(connection, ranked, asked, wanted)
        return Found(
            _rows(connection, places[: wanted.limit], wanted), len(places), is_whole=True, ranking=Ranking.BEST
        )
    if counted > NAMED:
        return _found(_page(connection, asked, wanted), wanted, counted)
    page = _page(connection, replace(asked, match=titles + marks), wanted)
    if page.is_all:
        room = None if wanted.limit is None else wanted.limit - len(page.rows)
        others = replace(asked, match=f"({match} NOT {titles}){marks}")
        more = _page(connection, others, replace(wanted, limit=room))
        page = replace(more, rows=page.rows + more.rows)
    return _found(page, wanted, counted, Ranking.TITLE)


def _found(page: _Page, wanted: Filter, counted: int, ranking: Ranking = Ranking.DATE) -> Found:
    """A page of matches, of which so many were counted; what marks do not tell leaves fewer, nobody knows how many."""
    if page.is_all and wanted.after is None:
        return Found(page.rows, len(page.rows), is_whole=True, ranking=ranking)
    if _is_narrow(wanted):
        return Found(page.rows, len(page.rows), is_whole=False, ranking=ranking)
    return Found(page.rows, max(len(page.rows), min(counted, COUNTED)), counted <= COUNTED, ranking)


def spellings(connection: DbConnection, word: str) -> Iterator[str]:
    """Words of the vault that begin as `word` does or lack a letter there."""
    plain = word.lower()
    for start in dict.fromkeys((plain[:1], plain[1:2])):
        if start:
            yield from (
                other for other in vocabulary.words(connection, start) if abs(len(other) - len(plain)) <= _FARTHEST
            )


def expression(connection: DbConnection, terms: Sequence[Term]) -> str:
    """What FTS5 is asked for, so that every term stands in a record; empty where there is none."""
    return " AND ".join(_term(connection, term) for term in terms)


def _term(connection: DbConnection, term: Term) -> str:
    """A term in FTS5's words. A beginning that few words have is told by these: the index need not join them."""
    quoted = '"' + " ".join(term.words) + '"'
    if not term.is_beginning:
        return quoted
    start = term.words[0].lower()
    if len(term.words) == 1 and start.isascii():
        known = list(islice(vocabulary.words(connection, start), _SPELLINGS + 1))
        if 0 < len(known) <= _SPELLINGS:
            return "(" + " OR ".join(f'"{word}"' for word in known) + ")"
    return f"{quoted}*"


def _marks(connection: DbConnection, wanted: Filter) -> str | None:
    """What narrows a match to what is wanted; None where no record can be of that."""
    kinds = paging.kinds(connection, wanted) if wanted.kinds or wanted.types else None
    among = None
    if wanted.connections is not None and {owner.id for owner in reading.owners(connection)} - set(wanted.connections):
        among = wanted.connections
    if kinds == [] or among == ():
        return None
    return ordering.marked(kinds, among, wanted.statuses or None)


def _asked(connection: DbConnection, match: str, wanted: Filter) -> _Asked:
    asked = _Asked(match, *ordering.bounds(wanted.since, wanted.until, wanted.after))
    edges = [second for second in (wanted.since, wanted.until) if second is not None]
    time = Filter(since=wanted.since, until=wanted.until)
    outside: set[int] = set()
    for day in {ordering.place(second, 0) for second in edges if second != ordering.midnight(second)}:
        places = _array(connection, f"SELECT rowid {_INSIDE}", (match, *ordering.day(day)))
        outside |= set(places) - _wanted(connection, places, time)
    return replace(asked, outside=frozenset(outside))


@dataclass(frozen=True, slots=True)
class _Page:
    """The rows of a page, whether there are no more, and how many matches were found when some were asked for ahead."""

    rows: list[Row]
    is_all: bool
    seen: int


def _page(connection: DbConnection, asked: _Asked, wanted: Filter, ahead: int = 0) -> _Page:
    """The newest matches that are wanted, in the order of lists; so many are asked for ahead, to be counted.

    Whole days are looked into, from the newest on, until they have more than the page.
    """
    limit = sys.maxsize if wanted.limit is None else wanted.limit
    first, most = _LOOKED_INTO
    size = first if _is_narrow(wanted) else min(limit + 1, most)
    found: list[Row] = []
    seen = 0
    while True:
        fetched = _matches(connection, asked, max(size, ahead))
        is_all = len(fetched) < max(size, ahead)
        places = _whole_days(connection, asked, fetched, size, is_all=is_all)
        seen = len(fetched) if ahead else seen
        order = _Order(places)
        chosen = _chosen(connection, places, asked, wanted)
        rows = _rows(connection, order.first(chosen, limit + 1, wanted.after), wanted)
        found += order.of(rows, wanted.after)
        is_all = is_all and len(places) == len(fetched)
        if is_all or len(found) > limit:
            return _Page(found[:limit], is_all and len(found) <= limit, seen)
        asked, size, ahead = replace(asked, high=places[-1] - 1), min(size * 4, most), 0


def _whole_days(
    connection: DbConnection, asked: _Asked, fetched: Sequence[int], size: int, *, is_all: bool
) -> list[int]:
    """So many of the newest matches, and what else is of the last one's day, which may not have been fetched."""
    places = list(fetched[:size])
    if not places or not ordering.is_dated(places[-1]):
        return places
    low = max(ordering.day(places[-1])[0], asked.low)
    places += takewhile(low.__le__, fetched[size:])
    if len(places) == len(fetched) and not is_all:
        places += _array(connection, f"SELECT rowid {_INSIDE} ORDER BY rowid DESC", (asked.match, low, places[-1] - 1))
    return places


class _Order:
    """The order of lists, in which the places of one day do not stand, for some whole days.

    A day with too many matches to be sorted keeps the order of their keys.
    """

    def __init__(self, places: Iterable[int]) -> None:
        counted = Counter(ordering.day(place) for place in places if ordering.is_dated(place))
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
        if date is not None and ordering.day(ordering.place(date, pk)) in self._crowded:
            date = ordering.midnight(date)
        return paging.rank((date, pk))


def _is_narrow(wanted: Filter) -> bool:
    """Whether the rows have to be looked into to tell which are wanted: marks do not tell all."""
    return replace(wanted, statuses=()).is_narrow


def _chosen(connection: DbConnection, places: Sequence[int], asked: _Asked, wanted: Filter) -> list[int]:
    """Those of the places at which a record is as wanted, in their order."""
    kept = _wanted(connection, places, replace(wanted, after=None)) if _is_narrow(wanted) else None
    return [place for place in places if place not in asked.outside and (kept is None or place in kept)]


def _count(connection: DbConnection, asked: _Asked, most: int) -> int:
    """How many matches there are, counted until there are more than so many."""
    sql = f"SELECT count(*) FROM (SELECT rowid {_INSIDE} LIMIT ?)"  # noqa: S608 - our own words
    found = connection.execute(sql, (*asked.values, most + len(asked.outside) + 1)).fetchone()
    return int(found[0]) - len(asked.outside)


def _matches(connection: DbConnection, asked: _Asked, most: int) -> list[int]:
    """The places of the newest matches."""
    return _array(connection, f"SELECT rowid {_INSIDE} ORDER BY rowid DESC LIMIT ?", (*asked.values, most))


def _array(connection: DbConnection, sql: str, values: Sequence[object]) -> list[int]:
    """The numbers that a statement gives, in one row, since between two rows other threads have their turn."""
    found = connection.execute(f"SELECT json_group_array(rowid) FROM ({sql})", values).fetchone()  # noqa: S608 - our own words
    numbers: list[int] = msgspec.json.decode(found[0])
    return numbers


def _rows(connection: DbConnection, places: Sequence[int], wanted: Filter) -> list[Row]:
    """The rows at these places, in their order; none of a connection that is not wanted, whatever its marks say."""
    found = reading.rows_of(connection, [ordering.key(place) for place in places])
    return [row for row in found if wanted.connections is None or row.connection in wanted.connections]


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
