from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.errors import InvalidInput
from store.records import periods

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("30d", day("2026-03-01T12:00")),
        ("1w", day("2026-03-24T12:00")),
        ("1m", day("2026-02-28T12:00")),
        ("2y", day("2024-03-31T12:00")),
        ("2024", day("2024-01-01")),
        ("2024-05", day("2024-05-01")),
        (" 2024-5-7 ", day("2024-05-07")),
    ],
)
def test_since_is_how_long_ago_or_when_a_stretch_began(typed: str, start: int) -> None:
    assert periods.since(typed, NOW) == start


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2024..2025", (day("2024-01-01"), day("2026-01-01"))),
        ("2024-11..2024-12", (day("2024-11-01"), day("2025-01-01"))),
        ("2024-12-31..", (day("2024-12-31"), None)),
        ("..2024-12-31", (None, day("2025-01-01"))),
    ],
)
def test_between_takes_both_ends_in(typed: str, found: tuple[int | None, int | None]) -> None:
    assert periods.between(typed) == found


@pytest.mark.parametrize("typed", ["", "..", "2024", "2025..2024", "x..y", "2024-13..2025", "0000..2024"])
def test_what_is_no_stretch_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        periods.between(typed)


@pytest.mark.parametrize("typed", ["yesterday", "9999y", "2024-02-30", "9999", "٣d", "1.5y"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="is no time"):
        periods.since(typed, NOW)
