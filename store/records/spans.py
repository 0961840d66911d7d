"""Stretches of time that a person types to narrow what is shown: `2y`, `2024-05`, `2024-01..2024-06` (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from store.errors import InvalidInput

_BETWEEN = ".."
_AGO = re.compile(r"(\d{1,4})\s*(d|w|m|mo|y)[a-z]*\Z", re.ASCII)
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "mo": 1, "y": 12}
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?\Z", re.ASCII)
_YEAR = 12
_DECEMBER = 12
_SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until just before `end`, in seconds since 1970 UTC; None is open."""

    start: int | None = None
    end: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it narrows nothing."""
        return self.start is None and self.end is None


ALWAYS = Span()


def read(since: str | None, between: str | None, now: datetime) -> Span:
    """Read what was typed as `--since` and `--between`, in the zone of this machine; both narrow.

    `since` is a day, a month, a year, or how long ago (`30d`, `6w`, `18m`, `2y`); `between` is two days, months or
    years with `..` between them, both included, either of which may be left out. Raises InvalidInput.
    """
    starts, ends = [], []
    if since is not None:
        starts.append(_since(since, now))
    if between is not None:
        first, has_end, last = between.strip().partition(_BETWEEN)
        if not has_end or not (first.strip() or last.strip()):
            raise InvalidInput(f"`{between}` is no stretch of time such as 2024-01..2024-06")
        if first.strip():
            starts.append(_day(first, between)[0])
        if last.strip():
            ends.append(_day(last, between)[1])
    found = Span(_epoch(max(starts)) if starts else None, _epoch(min(ends)) if ends else None)
    if found.start is not None and found.end is not None and found.start >= found.end:
        raise InvalidInput(f"`{between}` ends before it begins")
    return found


def _since(typed: str, now: datetime) -> datetime:
    if match := _AGO.match(typed.strip().lower()):
        number, unit = int(match[1]), match[2]
        try:
            return (
                now - timedelta(days=number * _DAYS[unit]) if unit in _DAYS else _earlier(now, number * _MONTHS[unit])
            )
        except (ValueError, OverflowError) as error:
            raise InvalidInput(f"`{typed}` is longer ago than the calendar goes") from error
    return _day(typed, typed)[0]


def _earlier(now: datetime, months: int) -> datetime:
    """The same day so many months before, or the last day of that month where it has no such day."""
    year, month = divmod(now.year * _YEAR + now.month - 1 - months, _YEAR)
    for day in range(now.day, _SHORTEST_MONTH - 1, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if day <= _SHORTEST_MONTH:
                raise
    return now.replace(year=year, month=month + 1)


def _day(text: str, typed: str) -> tuple[datetime, datetime]:
    """When a day, month or year begins here, and when the next one does."""
    match = _DATE.match(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        year, month, day = int(match[1]), match[2], match[3]
        start = datetime(year, int(month or 1), int(day or 1))  # noqa: DTZ001 - a day here, in the zone of this machine
        if day:
            end = start + timedelta(days=1)
        elif month and start.month < _DECEMBER:
            end = start.replace(month=start.month + 1)
        else:
            end = start.replace(year=year + 1, month=1)
        return start.astimezone(), end.astimezone()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"`{typed}` is no time such as 2y, 2024, 2024-05, 2024-05-17 or 2024-01..2024-06") from error


def _epoch(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
