"""The words that the search index knows, in their order.

SQLite's own list of them, fts5vocab, reads through all that the index says of one word to come to the next: of a word
that stands in every record, that is a good part of the index. So the pages on which words begin are read here. Their
form is SQLite's and cannot change, since its files have to stay readable (fts5_index.c: "SEGMENT B-TREE LEAF FORMAT");
where a page is not there, as in an index whose parts are just being joined, fts5vocab is asked after all.
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from store.vault import ordering
from store.vault.remembered import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.vault.engine import DbConnection

_LAST = "\U0010ffff"
_MAIN = b"0"  # what each word of an index without indexes of beginnings has before it
_SEGMENT_BITS = 37  # of the number of a page, above those for its place in its segment
_CONTINUED, _SEVEN_BITS = 0x80, 0x7F
_AT_ONCE, _MOST_AT_ONCE = 48, 400
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vault_word USING fts5vocab(main, resource_fts, instance)"
_SEGMENTS = "SELECT DISTINCT segid FROM resource_fts_idx"
_FIRST = "SELECT max(term) FROM resource_fts_idx WHERE segid = ?1 AND term <= ?2"
_PAGES = f"""
    SELECT block FROM resource_fts_idx LEFT JOIN resource_fts_data ON id = (segid << {_SEGMENT_BITS}) + (pgno >> 1)
    WHERE segid = ?1 AND term >= coalesce(({_FIRST}), x'') AND term < ?3 ORDER BY term
"""  # noqa: S608 - our own words


class _NotThereError(LookupError):
    """A page that should be there is not."""


def words(connection: DbConnection, start: str) -> Iterator[str]:
    """The words that begin so, in small letters as the index has them."""
    last = ""
    try:
        for word in _read(connection, start):
            last = word
            yield word
    except (_NotThereError, IndexError):
        yield from (word for word in _listed(connection, start) if word > last)


def uses(connection: DbConnection, word: str) -> int:
    """In how many records a word stands; of what is used often no more are counted than it takes to tell so."""
    sql = f"SELECT count(*) FROM (SELECT rowid FROM resource_fts WHERE resource_fts MATCH ? LIMIT {_AT_ONCE})"  # noqa: S608 - our own words
    return int(connection.execute(sql, (ordering.in_words(f'"{word}"'),)).fetchone()[0])


def _read(connection: DbConnection, start: str) -> Iterator[str]:
    low, high = _MAIN + start.encode(), _MAIN + (start + _LAST).encode()
    segments = once(connection, _SEGMENTS, lambda: connection.execute(_SEGMENTS).fetchall())
    last = b""
    for term in merge(*(_of_segment(connection, number, low, high) for (number,) in segments)):
        if term >= high:
            return
        if term != last and term >= low:
            last = term
            yield term[len(_MAIN) :].decode()


def _of_segment(connection: DbConnection, segment: int, low: bytes, high: bytes) -> Iterator[bytes]:
    """The terms on those pages of a segment where such from `low` to `high` may begin."""
    for (page,) in connection.execute(_PAGES, (segment, low, high)):
        if page is None:
            raise _NotThereError(segment)
        yield from _terms(page)


def _terms(page: bytes) -> Iterator[bytes]:
    """The terms that begin on a page: its end has the place of each, and each the letters it shares with the last."""
    at, place, shared, term = int.from_bytes(page[2:4]), 0, 0, b""
    while at < len(page):
        step, at = _number(page, at) if page[at] & _CONTINUED else (page[at], at + 1)
        start = place + step
        if place:
            shared, start = _number(page, start) if page[start] & _CONTINUED else (page[start], start + 1)
        place += step
        size, start = _number(page, start) if page[start] & _CONTINUED else (page[start], start + 1)
        term = term[:shared] + page[start : start + size]
        yield term


def _number(page: bytes, at: int) -> tuple[int, int]:
    """A number as SQLite writes it, seven bits to the byte and the highest first, and the place after it.

    Most are of one byte, which is read where it is needed: to call this for each takes longer than all else there.
    """
    byte, at = page[at], at + 1
    found = byte & _SEVEN_BITS
    while byte & _CONTINUED:
        byte, at = page[at], at + 1
        found = found << 7 | byte & _SEVEN_BITS
    return found, at


def _listed(connection: DbConnection, start: str) -> Iterator[str]:
    """The words that fts5vocab lists. It is asked by steps, since it would count every use of each word."""
    connection.execute(_VOCABULARY)
    place, end = start, start + _LAST
    for _ in range(_MOST_AT_ONCE):
        some = f"SELECT term FROM temp.vault_word WHERE term >= ? AND term < ? LIMIT {_AT_ONCE}"  # noqa: S608 - our own
        sql = f"SELECT term, count(*) FROM ({some}) GROUP BY term ORDER BY term"  # noqa: S608 - as above
        found = connection.execute(sql, (place, end)).fetchall()
        yield from (term for term, _ in found)
        if sum(number for _, number in found) < _AT_ONCE:
            return
        place = f"{found[-1][0]}\x01"
