from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from store.errors import InvalidInput
from store.records import periods, spans
from store.records.dates import parse

NOW = datetime.fromisoformat("2026-03-31T12:00:00+00:00")


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("2y", "2024-03-31T12:00:00"),
        ("1 year", "2025-03-31T12:00:00"),
        ("1m", "2026-02-28T12:00:00"),
        ("13mo", "2025-02-28T12:00:00"),
        ("6w", "2026-02-17T12:00:00"),
        ("30d", "2026-03-01T12:00:00"),
        ("2024", "2024-01-01"),
        ("2024-05", "2024-05-01"),
        ("2024-05-17", "2024-05-17"),
    ],
)
def test_since_is_a_day_or_how_long_ago(typed: str, start: str) -> None:
    assert spans.read(typed, None, NOW) == spans.Span(epoch(start), None)


def test_the_same_day_of_a_leap_year_is_the_last_of_february() -> None:
    leap = datetime.fromisoformat("2024-02-29T00:00:00+00:00")
    assert spans.read("1y", None, leap).start == epoch("2023-02-28T00:00:00")


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("2024-01..2024-06", "2024-01-01", "2024-07-01"),
        ("2023..2023", "2023-01-01", "2024-01-01"),
        ("2024-12..2024-12", "2024-12-01", "2025-01-01"),
        ("2024-02-28..2024-02-28", "2024-02-28", "2024-02-29"),
    ],
)
def test_between_has_both_its_ends(typed: str, start: str, end: str) -> None:
    assert spans.read(None, typed, NOW) == spans.Span(epoch(start), epoch(end))


def test_an_end_that_is_left_out_is_open() -> None:
    assert spans.read(None, "..2024", NOW) == spans.Span(None, epoch("2025-01-01"))
    assert spans.read(None, "2024..", NOW) == spans.Span(epoch("2024-01-01"), None)
    assert spans.read(None, None, NOW).is_open


def test_both_together_are_the_narrower_one() -> None:
    found = spans.read("1y", "2020..2025-12-31", NOW)
    assert found == spans.Span(int((NOW - timedelta(days=365)).timestamp()), epoch("2026-01-01"))


@pytest.mark.parametrize(
    "typed", ["", "yesterday", "2024-13", "2024-02-30", "9999y", "-1y", "1.5y", "\N{FULLWIDTH DIGIT TWO}y", "0000"]
)
def test_what_is_no_time_is_refused_with_what_is(typed: str) -> None:
    with pytest.raises(InvalidInput):
        spans.read(typed, None, NOW)


@pytest.mark.parametrize("typed", ["2024", "..", " .. ", "2024-06..2024-01", "2024..x"])
def test_what_is_no_stretch_of_time_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        spans.read(None, typed, NOW)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
def test_a_day_is_the_same_day_in_every_command_and_every_zone(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for typed in ("2024", "2024-05", "2024-05-17", "2y", "30d"):
            assert spans.read(typed, None, NOW.astimezone()).start == periods.since(typed, NOW.astimezone())
        day = parse("2024-05-17")
        assert day is not None
        assert spans.read(None, "2024-05-17..2024-05-17", NOW).start == periods.beginning("2024-05-17") == day.epoch
    finally:
        monkeypatch.undo()
        time.tzset()
