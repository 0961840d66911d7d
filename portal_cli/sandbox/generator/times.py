"""Days and hours of a practice in the US Eastern time zone, without a time zone database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
SATURDAY = 5
STANDARD = timezone(timedelta(hours=-5))
DAYLIGHT = timezone(timedelta(hours=-4))


def eastern(moment: datetime) -> datetime:
    """The same instant, to the second, on a clock in the practice."""
    standard = moment.astimezone(STANDARD).replace(microsecond=0)
    return standard.astimezone(_zone(standard.date()))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall clock time in the practice."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=_zone(day))


def stamp(moment: datetime) -> str:
    """A FHIR dateTime or instant with seconds and offset."""
    return moment.isoformat(timespec="seconds")


def utc_stamp(moment: datetime) -> str:
    """A FHIR instant in UTC, as messages carry it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def workday(day: date) -> date:
    """The day itself, or the Friday before it at a weekend."""
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))


def workday_after(day: date) -> date:
    """The day itself, or the Monday after it at a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= SATURDAY else day


def months_before(moment: datetime, months: float) -> date:
    """The day so many average months earlier."""
    return (moment - timedelta(days=months * DAYS_PER_MONTH)).date()


def _zone(day: date) -> timezone:
    starts = _sunday(day.year, month=3, nth=2)
    ends = _sunday(day.year, month=11, nth=1)
    return DAYLIGHT if starts <= day < ends else STANDARD


def _sunday(year: int, *, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))
