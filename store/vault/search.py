"""Searching records for words: newest first, or by relevance; and words of the vault that are spelled nearly so.

A word that stands in very many records is not looked up in all of them: the newest records are looked through for it
until a page is full, and relevance is judged among those that came last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from store.vault import paging, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from store.records.questions import Term
    from store.vault.engine import DbConnection
    from store.vault.paging import Key
    from store.vault.reading import Filter, Row

RANKED = 4_000
"""Relevance is judged among so many matches: those that came into the vault last."""
_FEW = 4_000
_GATHERED = 8_000
_OF_ALL = 10
_SPELLINGS = 16
_SPARE = 1.3
_GAP = 48
_CHUNK = 500
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vault_word USING fts5vocab(main, resource_fts, row)"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of matches: its rows, how many there are, and whether that is all.

    `among` is how many matches were looked at, where there are more: those that came into the vault last.
    """

    rows: list[Row]
    total: int
    is_whole: bool
    among: int | None = None


def newest(connection: DbConnection, terms: Sequence[Term], wanted: Filter) -> Found:
    """The newest records in which every term stands."""
    return newest_of(connection, expression(connection, terms), wanted)


def newest_of(connection: DbConnection, expression: str, wanted: Filter) -> Found:
    """The newest records that an FTS5 expression matches."""
    if wanted.limit is None:
        rows = reading.search(connection, expression, wanted)
        return Found(rows, len(rows), is_whole=True)
    most = max(_GATHERED, _last(connection) // _OF_ALL)
    matches = _matches(connection, expression, most + 1)
    if len(matches) <= _FEW:
        ordered = _sorted(connection, matches, wanted)
        first = _after(ordered, wanted)[: wanted.limit]
        return Found(reading.rows_of(connection, [pk for _, pk in first]), len(ordered), is_whole=True)
    last, known = _last(connection), frozenset(matches)
    among = most if len(matches) > most else None
    if among and _is_quick(expression):  # looked up where it is needed, since it stands nearly everywhere
        among, share = None, len(matches) / (last - matches[-1] + 1)
        page = _first(connection, wanted, share, lambda keys: _known_or_probed(connection, expression, keys, matches))
    else:
        page = _first(connection, wanted, len(matches) / last, lambda keys: known.intersection(pk for _, pk in keys))
    rows = reading.rows_of(connection, page)
    is_all = len(page) < wanted.limit and not among
    is_whole = is_all or not (wanted.is_narrow or _narrows(connection, wanted) or len(matches) > most)
    return Found(rows, len(rows) if is_all or not is_whole else len(matches), is_whole, among)


def relevant_of(connection: DbConnection, expression: str, wanted: Filter) -> Found:
    """The records that an FTS5 expression matches, those that are most about it first, of those that came last."""
    last = _matches(connection, expression, RANKED + 1)
    above = last[RANKED] if len(last) > RANKED else -1
    ranked = connection.execute(
        "SELECT rowid FROM resource_fts WHERE resource_fts MATCH ? AND rowid > ? ORDER BY rank, rowid DESC",
        (expression, above),
    ).fetchall()
    order = {pk: place for place, (pk,) in enumerate(ranked)}
    narrows = wanted.is_narrow or _narrows(connection, wanted)
    kept = list(order)
    if narrows:
        kept = sorted((pk for _, pk in _sorted(connection, kept, wanted)), key=order.__getitem__)
    rows = reading.rows_of(connection, kept[: wanted.limit])
    is_cut = len(last) > RANKED
    return Found(rows, len(kept), not is_cut, RANKED if is_cut else None)


def spellings(connection: DbConnection, word: str) -> Iterator[tuple[str, int]]:
    """Words of the vault that begin as `word` does or lack a letter there, each with how many records have it."""
    connection.execute(_VOCABULARY)
    plain = word.lower()
    for start in dict.fromkeys((plain[:1], plain[1:2])):
        if start:
            yield from connection.execute(
                "SELECT term, doc FROM temp.vault_word WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
                (start, f"{start}\U0010ffff", len(plain) - 2, len(plain) + 2),
            ).fetchall()


def expression(connection: DbConnection, terms: Sequence[Term]) -> str:
    """What FTS5 is asked for, so that every term stands in a record; empty where there is none."""
    return " AND ".join(_term(connection, term) for term in terms)


def _term(connection: DbConnection, term: Term) -> str:
    """A term in FTS5's words. A beginning that few words have is told by these: the index need not join them."""
    quoted = '"' + " ".join(term.words) + '"'
    if not term.is_beginning:
        return quoted
    if len(term.words) == 1:
        connection.execute(_VOCABULARY)
        start = term.words[0].lower()
        known = connection.execute(
            "SELECT term FROM temp.vault_word WHERE term >= ? AND term < ? LIMIT ?",
            (start, f"{start}\U0010ffff", _SPELLINGS + 1),
        ).fetchall()
        if start.isascii() and 0 < len(known) <= _SPELLINGS:
            return "(" + " OR ".join(f'"{word}"' for (word,) in known) + ")"
    return f"{quoted}*"


def _last(connection: DbConnection) -> int:
    return int(connection.execute("SELECT coalesce(max(pk), 0) FROM resource").fetchone()[0])


def _matches(connection: DbConnection, expression: str, most: int) -> list[int]:
    """The keys of those matches that came last, in one row, since between two rows other threads have their turn."""
    found = connection.execute(
        "SELECT json_group_array(rowid) FROM (SELECT rowid FROM resource_fts WHERE resource_fts MATCH ? "
        "ORDER BY rowid DESC LIMIT ?)",
        (expression, most),
    ).fetchone()
    keys: list[int] = msgspec.json.decode(found[0])
    return keys


def _narrows(connection: DbConnection, wanted: Filter) -> bool:
    """Whether a filter leaves out any record for its kind, connection or date."""
    if wanted.kinds or wanted.types or wanted.since is not None or wanted.until is not None:
        return True
    return wanted.connections is not None and {owner.id for owner in reading.owners(connection)} > set(
        wanted.connections
    )


def _sorted(connection: DbConnection, matches: Sequence[int], wanted: Filter) -> list[Key]:
    """Those of the matches that are wanted, newest first."""
    condition, values = reading.condition(connection, replace(wanted, after=None))
    found: list[Key] = []
    for start in range(0, len(matches), _CHUNK):
        chunk = matches[start : start + _CHUNK]
        joint = f"{condition or ' WHERE 1'} AND pk IN ({','.join('?' * len(chunk))})"
        found += connection.execute(f"SELECT date, pk FROM resource NOT INDEXED{joint}", (*values, *chunk)).fetchall()  # noqa: S608 - our own columns
    return sorted(found, key=paging.rank)


def _after(found: list[Key], wanted: Filter) -> list[Key]:
    if wanted.after is None:
        return found
    place = paging.rank(wanted.after)
    return [key for key in found if paging.rank(key) > place]


def _is_quick(expression: str) -> bool:
    """Whether it takes little to look a single record up: not where many spellings have to be."""
    return " OR " not in expression and not expression.endswith("*")


def _first(
    connection: DbConnection, wanted: Filter, share: float, matching: Callable[[Sequence[Key]], AbstractSet[int]]
) -> list[int]:
    """The keys of the first page of what matches, looked for from the newest record on.

    About such a share of all records matches.
    """
    page: list[int] = []
    limit = wanted.limit or 0
    for keys in paging.walk(connection, wanted, int(limit / share * _SPARE) + 1):
        known = matching(keys)
        page += [pk for _, pk in keys if pk in known]
        if len(page) >= limit:
            break
    return page[:limit]


def _known_or_probed(
    connection: DbConnection, expression: str, keys: Sequence[Key], matches: Sequence[int]
) -> AbstractSet[int]:
    """Those of the records that match; of those that came as late as the `matches`, these tell."""
    here = [pk for _, pk in keys]
    known = frozenset(matches).intersection(here)
    return known | _probed(connection, expression, [key for key in keys if key[1] < matches[-1]])


def _probed(connection: DbConnection, expression: str, keys: Sequence[Key]) -> set[int]:
    """Those of the records that match; neighbours in the index are asked for together."""
    places = sorted(pk for _, pk in keys)
    found: set[int] = set()
    start = 0
    for at, pk in enumerate(places):
        if at + 1 == len(places) or places[at + 1] - pk > _GAP:
            rows = connection.execute(
                "SELECT rowid FROM resource_fts WHERE resource_fts MATCH ? AND rowid BETWEEN ? AND ?",
                (expression, places[start], pk),
            )
            found.update(key for (key,) in rows)
            start = at + 1
    return found
