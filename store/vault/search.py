"""Searching records for words: newest first, or by relevance; and words of the vault that are spelled nearly so.

The search index goes by date: however many records a word stands in, no more of them are looked at than a page needs,
or than are counted. Relevance is judged among the newest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from store.vault import ordering, paging, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.questions import Term
    from store.vault.engine import DbConnection
    from store.vault.reading import Filter, Row

RANKED = 4_000
"""Relevance is judged among so many matches: the newest."""
COUNTED = 4_000
"""So many matches are counted; where there are more, that is all that is said."""
_SPELLINGS = 48
_LOOKED_INTO = 200, 4_000
_CHUNK = 500
_FARTHEST = 2  # letters that a word may be longer or shorter
_AT_ONCE, _MOST_AT_ONCE = 48, 400
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vault_word USING fts5vocab(main, resource_fts, instance)"
_INSIDE = "FROM resource_fts WHERE resource_fts MATCH ? AND rowid BETWEEN ? AND ?"
_WEIGHTS = "AND rank MATCH 'bm25(1.0, 0.0)'"  # marks are no matter of relevance


@dataclass(frozen=True, slots=True)
class Found:
    """A page of matches: its rows, how many there are, and whether that is all.

    `among` is how many matches were ranked, where there are more: the newest.
    """

    rows: list[Row]
    total: int
    is_whole: bool
    among: int | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the search index is asked for: an expression with marks, between two places."""

    expression: str
    low: int
    high: int

    @property
    def values(self) -> tuple[str, int, int]:
        return self.expression, self.low, self.high


def newest(connection: DbConnection, terms: Sequence[Term], wanted: Filter) -> Found:
    """The newest records in which every term stands."""
    return newest_of(connection, expression(connection, terms), wanted)


def newest_of(connection: DbConnection, expression: str, wanted: Filter) -> Found:
    """The newest records that an FTS5 expression matches."""
    if wanted.limit is None:
        rows = reading.search(connection, expression, wanted)
        return Found(rows, len(rows), is_whole=True)
    asked = _asked(connection, expression, wanted)
    if asked is None:
        return Found([], 0, is_whole=True)
    if wanted.is_narrow:
        return _looked_into(connection, asked, wanted)
    page = _matches(connection, asked, wanted.limit)
    rows = _rows(connection, page, wanted)
    if wanted.after is None and len(page) < wanted.limit:
        return Found(rows, len(page), is_whole=True)
    total = _count(connection, asked if wanted.after is None else _whole(asked, wanted))
    return Found(rows, min(total, COUNTED), is_whole=total <= COUNTED)


def relevant_of(connection: DbConnection, expression: str, wanted: Filter) -> Found:
    """The records that an FTS5 expression matches, those that are most about it first, of the newest."""
    asked = _asked(connection, expression, wanted)
    if asked is None:
        return Found([], 0, is_whole=True)
    last = _matches(connection, asked, RANKED + 1)
    is_cut = len(last) > RANKED
    if is_cut:
        asked = replace(asked, low=last[RANKED - 1])
    ranked = _array(connection, f"SELECT rowid {_INSIDE} {_WEIGHTS} ORDER BY rank, rowid DESC", asked.values)
    if wanted.is_narrow:
        kept = _wanted(connection, ranked, wanted)
        ranked = [place for place in ranked if place in kept]
    rows = _rows(connection, ranked[: wanted.limit], wanted)
    return Found(rows, len(ranked), not is_cut, RANKED if is_cut else None)


def spellings(connection: DbConnection, word: str) -> Iterator[tuple[str, int]]:
    """Words of the vault that begin as `word` does or lack a letter there, each with how often it is used.

    Of what is used often no more is counted than it takes to tell so.
    """
    plain = word.lower()
    for start in dict.fromkeys((plain[:1], plain[1:2])):
        if start:
            for term, uses in _vocabulary(connection, start):
                if abs(len(term) - len(plain)) <= _FARTHEST:
                    yield term, uses


def _vocabulary(connection: DbConnection, start: str) -> Iterator[tuple[str, int]]:
    """The words that begin so. The index is gone through by steps, since it would count every use of each word."""
    connection.execute(_VOCABULARY)
    place, end = start, f"{start}\U0010ffff"
    for _ in range(_MOST_AT_ONCE):
        found = connection.execute(
            "SELECT term, count(*) FROM (SELECT term FROM temp.vault_word WHERE term >= ? AND term < ? LIMIT ?) "
            "GROUP BY term ORDER BY term",
            (place, end, _AT_ONCE),
        ).fetchall()
        yield from found
        if sum(uses for _, uses in found) < _AT_ONCE:
            return
        place = f"{found[-1][0]}\x01"


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
        known = [word for word, _ in islice(_vocabulary(connection, start), _SPELLINGS + 1)]
        if 0 < len(known) <= _SPELLINGS:
            return "(" + " OR ".join(f'"{word}"' for word in known) + ")"
    return f"{quoted}*"


def _asked(connection: DbConnection, expression: str, wanted: Filter) -> _Asked | None:
    """What the index is asked for; None where no record can be of what is wanted."""
    kinds = paging.kinds(connection, wanted) if wanted.kinds or wanted.types else None
    among = None
    if wanted.connections is not None and {owner.id for owner in reading.owners(connection)} - set(wanted.connections):
        among = wanted.connections
    if kinds == [] or among == ():
        return None
    marked = ordering.marked(expression, kinds, among)
    return _Asked(marked, *ordering.bounds(wanted.since, wanted.until, wanted.after))


def _whole(asked: _Asked, wanted: Filter) -> _Asked:
    """The same, from the first page on."""
    return replace(asked, high=ordering.bounds(wanted.since, wanted.until)[1])


def _matches(connection: DbConnection, asked: _Asked, most: int) -> list[int]:
    """The places of the newest matches."""
    return _array(connection, f"SELECT rowid {_INSIDE} ORDER BY rowid DESC LIMIT ?", (*asked.values, most))


def _array(connection: DbConnection, sql: str, values: Sequence[object]) -> list[int]:
    """The numbers that a statement gives, in one row, since between two rows other threads have their turn."""
    found = connection.execute(f"SELECT json_group_array(rowid) FROM ({sql})", values).fetchone()  # noqa: S608 - our own words
    numbers: list[int] = msgspec.json.decode(found[0])
    return numbers


def _count(connection: DbConnection, asked: _Asked) -> int:
    """How many matches there are, counted until they are too many; in the order that is the quickest to read."""
    sql = f"SELECT count(*) FROM (SELECT rowid {_INSIDE} LIMIT ?)"  # noqa: S608 - our own words
    return int(connection.execute(sql, (*asked.values, COUNTED + 1)).fetchone()[0])


def _rows(connection: DbConnection, places: Sequence[int], wanted: Filter) -> list[Row]:
    """The rows at these places, in their order; none of a connection that is not wanted, whatever its marks say."""
    found = reading.rows_of(connection, [ordering.key(place) for place in places])
    return [row for row in found if wanted.connections is None or row.connection in wanted.connections]


def _looked_into(connection: DbConnection, asked: _Asked, wanted: Filter) -> Found:
    """A page of those matches whose rows are as wanted, looked into from the newest on until it is full."""
    limit = wanted.limit or 0
    size, most = _LOOKED_INTO
    kept: list[int] = []
    while places := _matches(connection, asked, size):
        chosen = _wanted(connection, places, wanted)
        kept += [place for place in places if place in chosen]
        if len(places) < size:
            break
        if len(kept) > limit:
            return Found(_rows(connection, kept[:limit], wanted), len(kept), is_whole=False)
        asked, size = replace(asked, high=places[-1] - 1), min(size * 4, most)
    is_whole = wanted.after is None
    return Found(_rows(connection, kept[:limit], wanted), len(kept), is_whole)


def _wanted(connection: DbConnection, places: Sequence[int], wanted: Filter) -> set[int]:
    """Those of the places at which a record is as wanted."""
    condition, values = reading.condition(connection, replace(wanted, after=None))
    found: set[int] = set()
    for start in range(0, len(places), _CHUNK):
        keys = {ordering.key(place): place for place in places[start : start + _CHUNK]}
        joint = f"{condition or ' WHERE 1'} AND pk IN ({','.join('?' * len(keys))})"
        rows = connection.execute(f"SELECT pk FROM resource NOT INDEXED{joint}", (*values, *keys)).fetchall()  # noqa: S608 - our own columns
        found.update(keys[pk] for (pk,) in rows)
    return found
