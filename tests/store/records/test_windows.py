"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.errors import InvalidInput
from store.records import windows

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("2026-12-01 to 2026-12-05", "2026-12-01..2026-12-05"),
        ("2026-12-01  TO  2026-12-05", "2026-12-01..2026-12-05"),
        ("2026-12-01 .. 2026-12-05", "2026-12-01..2026-12-05"),
        ("2026-12-01 9:00 to 12:30", "2026-12-01T09:00..12:30"),
        (" 2026-12-01 09:00 to 9:30 ", "2026-12-01T09:00..09:30"),
        ("2026-12-01 23:00 to 2026-12-02 1:00", "2026-12-01T23:00..2026-12-02T01:00"),
    ],
)
def test_words_and_spaces_mean_what_the_signs_of_iso_8601_mean(typed: str, same: str) -> None:
    assert windows.read(typed, NOW) == windows.read(same, NOW)


@pytest.mark.parametrize(
    "typed",
    ["", "to", "tomorrow", "2026-12-01 9:00", "2026-12-01 to", "9:00 to 12:30", "2026-12-05 to 2026-12-01", "2026-1-1"],
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        windows.read(typed, NOW)
