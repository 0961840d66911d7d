"""Where a record stands in the search index: by its date, so that the newest that a word is in are found first.

The number of a row there holds the date and the key of a record; and the row has marks of its kind and its connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BITS = 26
KEYS = 1 << _BITS
"""The keys of records are below this."""
_EARLIEST = -62_135_596_800  # the first second of the year 1
_LATEST = _EARLIEST + (1 << 37) - 2  # past the year 4000; what is later is taken to be then
FIRST, LAST = 0, (1 << 63) - 1
_DATED = f"((min(max(date, {_EARLIEST}), {_LATEST}) - ({_EARLIEST}) + 1) << {_BITS}) | pk"
PLACE = f"(CASE WHEN date IS NULL THEN pk ELSE {_DATED} END)"
"""A record's place in the search index, in SQL that reads `resource`."""
KEY = f"(resource_fts.rowid & {KEYS - 1})"
"""The key of the record that a row of the search index is of, in SQL."""
_SIGN = "\ue000"  # nobody types it, and it is a part of words for the index
MARKS = f"'{_SIGN}k' || kind || ' {_SIGN}c' || connection"
"""A record's marks, in SQL that reads `resource`."""


def place(date: int | None, pk: int) -> int:
    """The place of a record: a later one is higher, and what has no date is below all that has one."""
    if date is None:
        return pk
    return (min(max(date, _EARLIEST), _LATEST) - _EARLIEST + 1) << _BITS | pk


def key(place: int) -> int:
    """The key of the record that stands there."""
    return place % KEYS


def marks(kind: int, connection: int) -> str:
    """What is written of a record's kind and connection."""
    return f"{_SIGN}k{kind} {_SIGN}c{connection}"


def in_words(expression: str) -> str:
    """An FTS5 expression, looked for in the words of records alone."""
    return f"words : ({expression})"


def marked(expression: str, kinds: Iterable[int] | None, connections: Iterable[int] | None) -> str:
    """An FTS5 expression for what stands in the words of records of these kinds and connections."""
    found = in_words(expression)
    for letter, numbers in (("k", kinds), ("c", connections)):
        if numbers is not None:
            options = " OR ".join(f'"{_SIGN}{letter}{number}"' for number in numbers)
            found += f" AND marks : ({options})"
    return found


def bounds(since: int | None, until: int | None, after: tuple[int | None, int] | None = None) -> tuple[int, int]:
    """The first and last place of records of a time, and of those that are listed after another one."""
    low = FIRST if since is None and until is None else place(_EARLIEST if since is None else since, 0)
    high = LAST if until is None else place(until, 0) - 1
    return low, high if after is None else min(high, place(*after) - 1)
