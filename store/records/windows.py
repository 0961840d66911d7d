"""Times that a person types: a day, days, or hours of one (pure)."""

from __future__ import annotations

import re
from datetime import datetime, time

from store.errors import InvalidInput
from store.records.appointment_writes import Period

_BETWEEN = ".."
_TO = re.compile(r"\s+to\s+|\s*\.\.\s*", re.IGNORECASE)
_SPACE = re.compile(r"(?<=\d-\d\d)\s+(?=\d{1,2}:)")
_HOUR = re.compile(r"(?P<before>^|T|\.\.)(?P<hour>\d:)")
_LAST = time(23, 59, 59)


def read(typed: str, now: datetime) -> Period:
    """Read `2026-12-01`, `2026-12-01..2026-12-05` or `2026-12-01T09:00..12:30`, in the zone of this machine.

    ` to ` does for `..`, and a space for the `T`. Raises InvalidInput for anything else, and for what has passed.
    """
    first, has_end, last = _plain(typed).partition(_BETWEEN)
    start = _moment(first, typed, is_end=False)
    if has_end and "T" in first and "T" not in last and ":" in last:
        last = f"{first.partition('T')[0]}T{last}"
    end = _moment(last if has_end else first, typed, is_end=True)
    if not has_end and "T" in first:
        raise InvalidInput(f"`{typed}` has no end; write it as 2026-12-01T09:00..12:30")
    if end <= start:
        raise InvalidInput(f"`{typed}` ends before it begins")
    if end <= now:
        raise InvalidInput(f"`{typed}` has passed")
    return Period(start.isoformat(timespec="seconds"), end.isoformat(timespec="seconds"))


def _plain(typed: str) -> str:
    """What was typed, with the signs of ISO 8601 in place of those that people write."""
    found = _TO.sub(_BETWEEN, typed.strip())
    return _HOUR.sub(r"\g<before>0\g<hour>", _SPACE.sub("T", found))


def day(typed: str) -> float:
    """When a day that was typed begins here, in seconds since 1970 UTC. Raises InvalidInput."""
    return _moment(typed.strip(), typed, is_end=False).timestamp()


def _moment(text: str, typed: str, *, is_end: bool) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
        if is_end and "T" not in text:
            found = datetime.combine(found.date(), _LAST)
        return found if found.tzinfo else found.astimezone()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"`{typed}` is no time such as 2026-12-01, 2026-12-01..2026-12-05 or 2026-12-01T09:00..12:30"
        ) from error
