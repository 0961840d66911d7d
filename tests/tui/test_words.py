"""Words and signs for dates, flags and states."""

from __future__ import annotations

import pytest

from store.records.dates import parse
from tests.tui.charts import NOW
from tui import words


@pytest.mark.parametrize(
    ("text", "day", "full"),
    [
        ("2026", "2026", "2026"),
        ("2026-02", "Feb 2026", "Feb 2026"),
        ("2026-02-03", " 3 Feb 2026", "Tue 3 Feb 2026"),
        ("2026-02-03T02:30:00Z", " 2 Feb 2026", "Mon 2 Feb 2026, 21:30"),
        ("soon after lunch", "soon after lunch", "soon after lunch"),
    ],
)
def test_a_date_is_shown_as_precisely_as_it_was_given(text: str, day: str, full: str) -> None:
    assert words.day(parse(text)) == day
    assert words.full(parse(text)) == full


def test_a_coming_date_of_another_year_shows_its_year() -> None:
    assert words.soon(parse("2026-11-25T15:30:00Z"), NOW) == "Wed 25 Nov 10:30"
    assert words.soon(parse("2027-03-15T14:15:00Z"), NOW) == "15 Mar 2027 10:15"
    assert words.soon(None, NOW) == "no date yet"


def test_a_past_date_of_another_year_shows_its_year() -> None:
    assert words.lately(parse("2026-02-03"), NOW) == " 3 Feb"
    assert words.lately(parse("2025-11-30"), NOW) == "30 Nov 2025"
    assert words.lately(parse("2027-03-15"), NOW) == "15 Mar 2027"
    assert words.lately(None, NOW) == ""


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("2026-11-24T22:00:00Z", "today"),
        ("2026-11-25T15:30:00Z", "tomorrow"),
        ("2026-12-09", "in 15 days"),
        ("2027-03-15", "in 4 months"),
        ("2027", ""),
        ("2026-11-01", ""),
    ],
)
def test_how_far_off_a_date_is_counts_local_days(text: str, ahead: str) -> None:
    assert words.ahead(parse(text), NOW) == ahead


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(-500, "just now"), (5, "just now"), (250, "4 min ago"), (3 * 3600, "3 h ago"), (5 * 86_400, "5 days ago")],
)
def test_age_is_told_in_its_largest_unit(seconds: int, age: str) -> None:
    assert words.age(parse("2026-11-24T09:00:00Z"), NOW + seconds) == age


def test_what_was_never_updated_says_so() -> None:
    assert words.age(None, NOW) == "never"


def test_a_flag_carries_a_sign_and_a_word() -> None:
    assert words.flag("high") == "▲ high"
    assert words.flag("low") == "▼ low"
    assert words.short_flag("critically low") == "▼▼ critical"
    assert words.flag("resistant") == "! resistant"
    assert words.flag("normal") == "normal"
    assert words.flag("") == ""


def test_a_state_that_nobody_has_named_is_shown_as_it_is() -> None:
    assert words.refill_state("half-way") == "half way"
    assert words.appointment_state("booked") == "✓ booked"


@pytest.mark.parametrize("status", ["booked", "pending", "proposed", "waitlist", "cancelled", "half-way"])
def test_a_state_in_the_middle_of_a_sentence_has_no_sign(status: str) -> None:
    said = words.in_sentence(words.appointment_state(status))
    assert said[0].isalpha()
    assert words.appointment_state(status).endswith(said)


def test_the_first_moment_of_the_calendar_is_shown_in_any_zone() -> None:
    assert words.day(parse("0001-01-01T00:00:00Z")) == " 1 Jan 1"


def test_a_date_under_its_month_tells_its_day_alone() -> None:
    assert (words.month(parse("2026-11-09")), words.day_in_month(parse("2026-11-09"))) == ("Nov 2026", "Mon  9")
    assert (words.month(parse("2026-11")), words.day_in_month(parse("2026-11"))) == ("Nov 2026", "")
    assert (words.month(parse("2026")), words.day_in_month(parse("2026"))) == ("2026", "")
    assert (words.month(None), words.day_in_month(None)) == ("", "")
