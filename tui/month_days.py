"""The days of a month as weeks, and days counted on from one (pure)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.records.dates import FhirDate

_MONTHS_OF_A_YEAR = 12
_MONTH_LENGTH = len("2026-11")


def weeks(month: date) -> tuple[tuple[date | None, ...], ...]:
    """The weeks of the month of a day, from Monday to Sunday; None for days of other months."""
    found = calendar.Calendar().monthdayscalendar(month.year, month.month)
    return tuple(tuple(month.replace(day=number) if number else None for number in week) for week in found)


def days_on(day: date, days: int) -> date:
    """So many days later, or earlier; the day itself at the ends of the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day


def months_on(day: date, months: int) -> date:
    """The same day so many months later, or earlier; the last of a month that is shorter."""
    number = day.year * _MONTHS_OF_A_YEAR + day.month - 1 + months
    year, month = divmod(number, _MONTHS_OF_A_YEAR)
    if not date.min.year <= year <= date.max.year:
        return day
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def day_of(moment: FhirDate | None) -> date | None:
    """The day that something is on: the local one of a time, a date as it stands; None for less than a day."""
    if moment is None or moment.epoch is None or not (moment.has_time or len(moment.text) > _MONTH_LENGTH):
        return None
    try:
        begins = datetime.fromtimestamp(moment.epoch, UTC)
        return (begins.astimezone() if moment.has_time else begins).date()
    except (ValueError, OverflowError, OSError):  # the other side of the calendar's first or last day
        return None


def today(now: float) -> date:
    """The day that it is here."""
    return datetime.fromtimestamp(now, UTC).astimezone().date()
