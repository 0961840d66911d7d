from __future__ import annotations

import pytest

from store.remote.pauses import named

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("9" * 400, 999_999_999.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(header: str, seconds: float | None) -> None:
    assert named({"retry-after": header}, NOW) == seconds


def test_without_a_header_no_pause_is_named() -> None:
    assert named({}, NOW) is None
