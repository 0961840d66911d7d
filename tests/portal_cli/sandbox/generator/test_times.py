"""The practice's clock: US Eastern time with daylight saving, and working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal_cli.sandbox.generator.times import at, eastern, stamp, utc_stamp, workday, workday_after


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 7), -5),
        (date(2026, 3, 8), -4),
        (date(2026, 7, 4), -4),
        (date(2026, 10, 31), -4),
        (date(2026, 11, 1), -5),
        (date(2027, 1, 1), -5),
    ],
)
def test_the_offset_follows_daylight_saving(day: date, hours: int) -> None:
    assert at(day, 9).utcoffset() == timedelta(hours=hours)


def test_a_moment_stays_the_same_on_the_clock_of_the_practice() -> None:
    moment = datetime(2026, 7, 1, 2, 30, 0, 999, tzinfo=UTC)
    assert stamp(eastern(moment)) == "2026-06-30T22:30:00-04:00"
    assert utc_stamp(eastern(moment)) == "2026-07-01T02:30:00Z"


@pytest.mark.parametrize("offset", range(7))
def test_working_days_never_fall_on_a_weekend(offset: int) -> None:
    day = date(2026, 11, 23) + timedelta(days=offset)
    assert workday(day).weekday() < 5
    assert workday_after(day).weekday() < 5
    assert workday(day) <= day <= workday_after(day)
    assert (workday(day) == day) == (day.weekday() < 5)
