"""Searching records for words: newest first, or by relevance; and words of the vault that are spelled nearly so.

The search index goes by day: however many records a word stands in, no more of them are looked at than a page needs,
or than are counted. By relevance, what is named so comes first.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from store.light import dataclass
from store.vault import matching, ordering, paging, reading, vocabulary
from store.vault.kinds import kinds_of
from store.vault.remembered import keep, known, once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from store.records.questions import Term
    from store.vault.engine import DbConnection
    from store.vault.reading import Filter, Row

RANKED = 4_000
"""So many matches are ranked by how much they say of what was asked; of more, by their titles and dates."""
NAMED = 100_000, 20_000
"""Of more matches of one word, or of several or a phrase, the titles are not looked into unless many are named so."""
TOLD = 30_000
"""Words that stand in more records than this say nothing of any of them: they are no matter of relevance."""
COUNTED = 100
"""So many matches are counted; where there are more, that is all that is said."""
_SPELLINGS = 48
_ASKED, _SOME = 200, 4  # matches whose titles are looked at, and how many named so are many: two of a hundred
_FARTHEST = 2  # letters that a word may be longer or shorter
_RANKED = f"SELECT rowid {matching.INSIDE} AND rank MATCH 'bm25(1.0, 10.0, 0.0)'"
"""Matches with what they say of words and titles; marks are no matter of relevance."""


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
    asked = matching.ask(connection, match, wanted)
    if wanted.goes_by_rows:
        return _found(matching.page(connection, asked, wanted), wanted, 0)
    whole = replace(asked, high=ordering.bounds(wanted.since, wanted.until)[1])
    counted = known(connection, whole)
    ahead = COUNTED + len(asked.outside) + 1 if counted is None and wanted.after is None else 0
    page = matching.page(connection, asked, wanted, ahead)
    if counted is None:
        counted = page.seen - len(asked.outside) if ahead else matching.count(connection, whole, COUNTED)
        keep(connection, whole, counted)  # the next page tells it too
    return _found(page, wanted, counted)


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


def relevant(
    connection: DbConnection, parts: Sequence[str], wanted: Filter, is_named: Callable[[str], bool] = bool
) -> Found:
    """The records that all of some FTS5 expressions match, those that are most about it first.

    Of many, those in whose titles it stands come first, and then the others, each newest first; of very many of which
    few are named so, the newest. `is_named` tells of a title whether it stands there.
    """
    marks = _marks(connection, wanted)
    if marks is None:
        return Found([], 0, is_whole=True, ranking=Ranking.BEST)
    expression = ordering.AND.join(parts)
    asked = matching.ask(connection, ordering.in_words(expression) + marks, wanted)
    places = matching.matches(connection, asked, max(RANKED, COUNTED) + len(asked.outside) + 1)
    if not places:
        return Found([], 0, is_whole=True, ranking=Ranking.BEST)
    counted = len(places) - len(asked.outside)
    telling = _telling(connection, asked, parts) if counted <= RANKED else []
    if telling:
        if not marks and len(telling) == len(parts):
            ranked = matching.array(connection, f"{_RANKED} ORDER BY rank, rowid DESC", asked.values)
        else:
            among = msgspec.json.encode(places).decode()
            sql = f"{_RANKED} AND +rowid IN (SELECT value FROM json_each(?)) ORDER BY +rank, rowid DESC"  # noqa: S608 - our own
            told = ordering.in_words(ordering.AND.join(telling))
            ranked = matching.array(connection, sql, (told, asked.low, asked.high, among))
        kept = matching.kept(connection, ranked, asked, wanted)
        rows = matching.rows_at(connection, kept[: wanted.limit], wanted)
        return Found(rows, len(kept), is_whole=True, ranking=Ranking.BEST)
    if not _are_named(connection, places, is_named):
        most = NAMED[len(parts) > 1 or _is_phrase(parts[0])]
        if matching.count(connection, asked, most) > most:
            return _found(matching.page(connection, asked, wanted), wanted, counted)
    return _named_first(connection, asked, wanted, ordering.in_titles(expression) + marks, counted)


def _is_phrase(part: str) -> bool:
    return " " in part and " OR " not in part


def _are_named(connection: DbConnection, places: Sequence[int], is_named: Callable[[str], bool]) -> bool:
    """Whether so many of these are named so that a page of them is soon found: some of them are asked."""
    some = places[:: max(1, len(places) // _ASKED)]
    titles = matching.titles_at(connection, some)
    return sum(map(is_named, titles)) >= _SOME


def _telling(connection: DbConnection, asked: matching.Asked, parts: Sequence[str]) -> list[str]:
    """Those of the parts that stand in few records: to weigh the others is to go through all that have them."""
    left, found = TOLD, []
    counts = {part: matching.count(connection, replace(asked, match=ordering.in_words(part)), TOLD) for part in parts}
    for part in sorted(parts, key=counts.__getitem__):
        left -= counts[part]
        if left >= 0:
            found.append(part)
    return found


def _named_first(connection: DbConnection, asked: matching.Asked, wanted: Filter, titles: str, counted: int) -> Found:
    """The matches of whose titles the same is true, and then the others."""
    page = matching.page(connection, replace(asked, match=titles), wanted)
    if page.is_all:
        named = {row.pk for row in page.rows}
        every = matching.page(connection, asked, wanted)
        rows = [*page.rows, *(row for row in every.rows if row.pk not in named)]
        is_all = every.is_all and (wanted.limit is None or len(rows) <= wanted.limit)
        page = replace(every, rows=rows[: wanted.limit], is_all=is_all)
    return _found(page, wanted, counted, Ranking.TITLE)


def _found(page: matching.Page, wanted: Filter, counted: int, ranking: Ranking = Ranking.DATE) -> Found:
    """A page of matches, of which so many were counted; what marks do not tell leaves fewer, nobody knows how many."""
    if page.is_all and wanted.after is None:
        return Found(page.rows, len(page.rows), is_whole=True, ranking=ranking)
    if wanted.goes_by_rows:
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
    return ordering.AND.join(parts(connection, terms))


def parts(connection: DbConnection, terms: Sequence[Term]) -> list[str]:
    """What FTS5 is asked for, for each term."""
    return [_term(connection, term) for term in terms]


def _term(connection: DbConnection, term: Term) -> str:
    """A term in FTS5's words. A beginning that few words have is told by these: the index need not join them."""
    quoted = '"' + " ".join(term.words) + '"'
    if not term.is_beginning:
        return quoted
    start = term.words[0].lower()
    if len(term.words) == 1 and start.isascii():
        words = once(
            connection,
            ("words", start),
            lambda: [*islice(vocabulary.words(connection, start), _SPELLINGS + 1)],
        )
        if 0 < len(words) <= _SPELLINGS:
            return "(" + " OR ".join(f'"{word}"' for word in words) + ")"
    return f"{quoted}*"


def _marks(connection: DbConnection, wanted: Filter) -> str | None:
    """What narrows a match to what is wanted; None where no record can be of that."""
    kinds = None
    if wanted.kinds or wanted.types:
        kinds = [kind.id for kind in kinds_of(connection, wanted)]
    among = None
    if wanted.connections is not None and set(reading.every_connection(connection)) - set(wanted.connections):
        among = wanted.connections
    if kinds == [] or among == ():
        return None
    return ordering.marked(kinds, among, wanted.statuses or None)
