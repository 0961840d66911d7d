"""Times that a person types: a day, days, or hours of one (pure)."""

from __future__ import annotations

from datetime import datetime, time

from store.errors import InvalidInput
from store.records.appointment_writes import Period

_BETWEEN = ".."
_LAST = time(23, 59, 59)


def read(typed: str, now: datetime) -> Period:
    """Read `2026-12-01`, `2026-12-01..2026-12-05` or `2026-12-01T09:00..12:30`, in the zone of this machine.

    Raises InvalidInput for anything else, and for a time that has passed.
    """
    first, has_end, last = typed.strip().partition(_BETWEEN)
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
