"""Where a record stands in the search index: by its day, so that the newest that a word is in are found first.

The number of a row there holds the day (in UTC) and the key of a record. Days, and not seconds: what the index says of
a word are the distances from one such number to the next, and with seconds it takes half as much again. The row has
marks of its kind, its connection and its status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BITS = 26
KEYS = 1 << _BITS
"""The keys of records are below this."""
_DAY = 86_400  # seconds
_EARLIEST = -62_135_596_800  # the first second of the year 1, when a day begins
_LATEST = _EARLIEST + (1 << 37) - 2  # past the year 4000; what is later is taken to be then
FIRST, LAST = 0, (1 << 63) - 1
_DATED = f"(((min(max(date, {_EARLIEST}), {_LATEST}) - ({_EARLIEST})) / {_DAY} + 1) << {_BITS}) | pk"
PLACE = f"(CASE WHEN date IS NULL THEN pk ELSE {_DATED} END)"
"""A record's place in the search index, in SQL that reads `resource`."""
KEY = f"(resource_fts.rowid & {KEYS - 1})"
"""The key of the record that a row of the search index is of, in SQL."""
AND = " AND "
_SIGN = "\ue000"  # nobody types it, and it is a part of words for the index
_STATUS = f"replace(replace(status, '-', '{_SIGN}'), ' ', '{_SIGN}')"
MARKS = f"'{_SIGN}k' || kind || ' {_SIGN}c' || connection || ' {_SIGN}s' || {_STATUS}"
"""A record's marks, in SQL that reads `resource`."""


def place(date: int | None, pk: int) -> int:
    """The place of a record: of a later day a higher one, and what has no date is below all that has one."""
    if date is None:
        return pk
    return ((min(max(date, _EARLIEST), _LATEST) - _EARLIEST) // _DAY + 1) << _BITS | pk


def key(place: int) -> int:
    """The key of the record that stands there."""
    return place % KEYS


def day(place: int) -> tuple[int, int]:
    """The first and last place of the day of a place; what has no date has that for a day."""
    first = place - key(place)
    return first, first + KEYS - 1


def is_dated(place: int) -> bool:
    """Whether a place is of a record that has a date."""
    return place >= KEYS


def midnight(date: int) -> int:
    """The second at which the day of this one begins."""
    return date - date % _DAY


def marks(kind: int, connection: int, status: str) -> str:
    """What is written of a record's kind, connection and status."""
    return f"{_SIGN}k{kind} {_SIGN}c{connection} {_SIGN}s{_as_word(status)}"


def in_words(expression: str) -> str:
    """An FTS5 expression, looked for in the titles and the other words of records, and not in their marks."""
    return f"{{title words}} : ({expression})"


def in_titles(expression: str) -> str:
    """The same, looked for in titles alone."""
    return f"title : ({expression})"


def marked(kinds: Iterable[int] | None, connections: Iterable[int] | None, statuses: Iterable[str] | None) -> str:
    """What narrows an FTS5 expression to records of these kinds, connections and statuses; None does not narrow."""
    found = ""
    for letter, values in (("k", kinds), ("c", connections), ("s", statuses)):
        if values is not None:
            options = " OR ".join(f'"{_SIGN}{letter}{_quoted(str(value))}"' for value in values)
            found += f"{AND}marks : ({options})"
    return found


def bounds(since: int | None, until: int | None, after: tuple[int | None, int] | None = None) -> tuple[int, int]:
    """The first and last place of the days of a time, and of what is listed after a record or on its day."""
    low = FIRST if since is None and until is None else place(_EARLIEST if since is None else since, 0)
    high = LAST if until is None else place(until - 1, KEYS - 1)
    if after is None:
        return low, high
    date, pk = after
    return low, min(high, pk - 1 if date is None else place(date, KEYS - 1))


def _as_word(status: str) -> str:
    """One word of the index, also where a status is several."""
    return status.replace("-", _SIGN).replace(" ", _SIGN)


def _quoted(value: str) -> str:
    return _as_word(value).replace('"', '""')
