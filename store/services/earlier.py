"""What was before: for each result the last one of the same thing and the same person."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import islice
from typing import TYPE_CHECKING

from store.records import analytes, searchable, units
from store.records.dates import parse
from store.records.text import Safe, sanitize
from store.vault import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.records.labs import LabResult
    from store.services.persons import PersonKey
    from store.vault.engine import DbConnection
    from store.vault.reading import Filter, Row

_NEARBY = 2_000  # rows looked through before each thing is searched for by itself
_LONGEST = 30  # digits before and after the point
_NUMBER = re.compile(rf"-?\d{{1,{_LONGEST}}}(?:\.\d{{1,{_LONGEST}}})?\Z", re.ASCII)


def of_rows(
    connection: DbConnection, every: Filter, rows: Sequence[Row], groups: Mapping[int, PersonKey]
) -> dict[int, Row]:
    """For the keys of these rows (newest first) the row before, of all that `every` gives."""
    dated = [row for row in rows if row.date is not None]
    if not dated:
        return {}
    found: dict[int, Row] = {}
    waiting: dict[object, list[Row]] = {}
    wanted = {row.pk for row in dated}
    still = len(dated)
    stream = reading.stream(connection, replace(every, until=(dated[0].date or 0) + 1))
    for row in islice(stream, max(_NEARBY, len(rows))):
        group = groups.get(row.connection)
        if group is None or row.date is None:
            continue
        key = (group, analytes.key(row.code, row.title, row.connection))
        for later in waiting.pop(key, ()):
            if _is_before(row, later):
                found[later.pk] = row
            else:
                waiting.setdefault(key, []).append(later)
        if row.pk in wanted:
            waiting.setdefault(key, []).append(row)
            still -= 1
        elif not waiting and not still:
            return found
    left = [later for some in waiting.values() for later in some]
    seen_all = next(stream, None) is None
    return found if seen_all else found | _searched(connection, every, [*left, *_unseen(dated, found, left)], groups)


def _unseen(dated: Sequence[Row], found: Mapping[int, Row], left: Sequence[Row]) -> list[Row]:
    known = {*found, *(row.pk for row in left)}
    return [row for row in dated if row.pk not in known]


def _searched(
    connection: DbConnection, every: Filter, rows: Sequence[Row], groups: Mapping[int, PersonKey]
) -> dict[int, Row]:
    """As `of_rows`, by a search for the code or the name of each thing."""
    found: dict[int, Row] = {}
    things: dict[object, list[Row]] = {}
    for row in rows:
        things.setdefault((groups[row.connection], analytes.key(row.code, row.title, row.connection)), []).append(row)
    for key, some in things.items():
        words = [searchable.words_typed(name) for name in analytes.siblings(some[0].code or some[0].title)]
        matches = " OR ".join(_all_of(each) for each in words if each)
        if not matches:
            continue
        near = replace(every, until=max(row.date or 0 for row in some) + 1)
        for row in reading.search(connection, matches, near):
            group = groups.get(row.connection)
            if (group, analytes.key(row.code, row.title, row.connection)) != key:
                continue
            for later in some:
                if later.pk not in found and _is_before(row, later):
                    found[later.pk] = row
    return found


def _all_of(words: list[str]) -> str:
    quoted = (f'"{word}"' for word in words)
    return f"({' AND '.join(quoted)})"


def _is_before(row: Row, later: Row) -> bool:
    return row.pk != later.pk and (row.date or 0) < (later.date or 0)


def joined(result: LabResult, row: Row, before: Row | None) -> LabResult:
    """A result with what was before it; the change is told where both are numbers of one unit."""
    if before is None or not before.value:
        return result
    words = sanitize(f"{before.value} {before.unit}" if before.unit else before.value)
    return replace(result, previous=words, previous_date=parse(before.date_text), change=_change(row, before, words))


def _change(row: Row, before: Row, words: Safe) -> Decimal | None:
    if not words or units.canonical(row.unit) != units.canonical(before.unit) or row.code != before.code:
        return None
    if not (_NUMBER.match(row.value) and _NUMBER.match(before.value)):
        return None
    with localcontext() as context:
        context.prec = 2 * _LONGEST
        return Decimal(row.value) - Decimal(before.value)
