"""Stretches of time by which records are picked: `2y`, `2024-05`, `2010..2012`, in days of the calendar (pure).

A record that names a day only begins at midnight UTC, so the days that are typed are those of UTC as well, in every
command: a day without a time is the same day wherever it is read.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from store.errors import InvalidInput

_AGO = re.compile(r"(\d{1,4})\s*(d|w|m|mo|y)[a-z]*\Z", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?\Z", re.ASCII)
_MONTHS = 12
_BETWEEN = ".."


def since(typed: str, now: datetime) -> int:
    """When `30d`, `6w`, `18m` or `2y` ago was, or when a day, month or year began (seconds since 1970 UTC)."""
    found = _AGO.match(typed.strip().lower())
    if found is None:
        return beginning(typed)
    number, unit = int(found[1]), found[2]
    now = now.astimezone(UTC)
    try:
        if unit in "dw":
            return int((now - timedelta(days=number * (7 if unit == "w" else 1))).timestamp())
        return int(_earlier(now, number * (_MONTHS if unit == "y" else 1)).timestamp())
    except (ValueError, OverflowError) as error:
        raise _refusal(typed) from error


def _earlier(now: datetime, months: int) -> datetime:
    """The same day so many months before, or the last day of that month where it has no such day."""
    year, month = divmod(now.year * _MONTHS + now.month - 1 - months, _MONTHS)
    _, days = calendar.monthrange(year, month + 1)
    return now.replace(year=year, month=month + 1, day=min(now.day, days))


def between(typed: str) -> tuple[int | None, int | None]:
    """The beginning of the first and the end of the last of two days, months or years; either may be left out."""
    first, has_both, last = (part.strip() for part in typed.partition(_BETWEEN))
    if not has_both or not (first or last):
        raise InvalidInput(f"`{typed}` is no stretch of time such as 2024-01..2024-06")
    start, end = (beginning(first) if first else None), (ending(last) if last else None)
    if start is not None and end is not None and end <= start:
        raise InvalidInput(f"`{typed}` ends before it begins")
    return start, end


def beginning(typed: str) -> int:
    """When a day, month or year begins. Raises InvalidInput."""
    return int(_ends(typed)[0].timestamp())


def ending(typed: str) -> int:
    """When the next day, month or year begins. Raises InvalidInput."""
    return int(_ends(typed)[1].timestamp())


def _ends(typed: str) -> tuple[datetime, datetime]:
    found = _DATE.match(typed.strip())
    if found is None:
        raise _refusal(typed)
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day:
            return start, start + timedelta(days=1)
        months = start.year * _MONTHS + start.month - 1 + (1 if month else _MONTHS)
        return start, start.replace(year=months // _MONTHS, month=months % _MONTHS + 1)
    except (ValueError, OverflowError) as error:
        raise _refusal(typed) from error


def _refusal(typed: str) -> InvalidInput:
    return InvalidInput(f"`{typed}` is no time such as 2y, 30d, 2024, 2024-05 or 2024-05-17")
