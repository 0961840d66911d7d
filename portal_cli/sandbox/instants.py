"""FHIR dates as spans of time: a partial date is everything it could mean (FHIR R4 §3.1.1.4.7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_FORM = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$")
MIN = datetime.min.replace(tzinfo=UTC)
MAX = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    """From `low` up to, but not including, `high`; both aware, in UTC."""

    low: datetime
    high: datetime


def span(text: str) -> Span | None:
    """Read a date, dateTime or instant of any precision; None when it is none of them.

    A time without a zone is taken as UTC: the portal has no zone of its own.
    """
    found = _FORM.match(text.strip().replace(" ", "+"))
    if not found:
        return None
    try:
        return _span_of(found)
    except (ValueError, OverflowError):
        return None


def _span_of(found: re.Match[str]) -> Span:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if month is None:
        return Span(datetime(int(year), 1, 1, tzinfo=UTC), _new_year(int(year) + 1))
    if day is None:
        start = datetime(int(year), int(month), 1, tzinfo=UTC)
        following = (start + timedelta(days=32)).replace(day=1)
        return Span(start, following)
    start = datetime.fromisoformat(
        f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{min(second or '00', '59')}"
        f"{(fraction or '')[:7]}{zone or '+00:00'}"
    )
    if hour is None:
        width = timedelta(days=1)
    elif second is None:
        width = timedelta(minutes=1)
    else:
        width = timedelta(microseconds=10 ** max(0, 6 - len((fraction or ".")[1:])))
    low = start.astimezone(UTC)
    return Span(low, low + width)


def _new_year(year: int) -> datetime:
    return MAX if year > MAX.year else datetime(year, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> str:
    """Write an aware time as a FHIR instant in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
