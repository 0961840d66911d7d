"""Months are walked by day, week and month, over their ends and those of the calendar."""

from __future__ import annotations

from datetime import date

import pytest

from store.records.dates import parse
from tui import month_days


def test_a_month_is_whole_weeks_from_monday() -> None:
    found = month_days.weeks(date(2026, 11, 24))
    assert len(found) == 6
    assert found[0] == (None, None, None, None, None, None, date(2026, 11, 1))
    assert found[-1] == (date(2026, 11, 30), None, None, None, None, None, None)
    assert all(len(week) == 7 for week in found)


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(9999, 12, 3), 1, date(9999, 12, 3)),
        (date(1, 1, 3), -1, date(1, 1, 3)),
    ],
)
def test_the_same_day_of_another_month_or_its_last(day: date, months: int, found: date) -> None:
    assert month_days.months_on(day, months) == found


def test_days_end_with_the_calendar() -> None:
    assert month_days.days_on(date(2026, 11, 28), 7) == date(2026, 12, 5)
    assert month_days.days_on(date.max, 1) == date.max
    assert month_days.days_on(date.min, -1) == date.min


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-25T03:30:00Z", date(2026, 11, 24)),
        ("2026-11-25", date(2026, 11, 25)),
        ("2026-11", None),
        ("some day", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_a_time_is_on_the_day_that_it_is_here_and_a_month_on_none(text: str, found: date | None) -> None:
    assert month_days.day_of(parse(text)) == found


def test_nothing_is_on_no_day() -> None:
    assert month_days.day_of(None) is None
