from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.records.dates import FhirDate, from_epoch, once_read, parse
from store.records.text import EMPTY
from tests.store.records.reading import is_harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXTREMES = ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"]


@pytest.fixture
def live_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def read(text: str) -> FhirDate:
    found = parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-05", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-17", datetime(2024, 5, 17, tzinfo=UTC)),
        ("1931-02-28", datetime(1931, 2, 28, tzinfo=UTC)),
    ],
)
def test_a_date_keeps_its_precision_and_begins_at_midnight(text: str, begins: datetime) -> None:
    found = read(text)
    assert (found.text, found.local(), found.day()) == (text, text, text)
    assert found.epoch == begins.timestamp()
    assert not found.has_time


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-05-17T09:30:00Z", "2024-05-17T09:30:00+00:00"),
        ("2024-05-17t09:30:00z", "2024-05-17T09:30:00+00:00"),
        ("2024-05-17T09:30:00+05:45", "2024-05-17T03:45:00+00:00"),
        ("2024-05-17T23:30:00-10:00", "2024-05-18T09:30:00+00:00"),
        ("2024-05-17T09:30:15.123456789Z", "2024-05-17T09:30:15+00:00"),
        ("2024-05-17T09:30:15", "2024-05-17T09:30:15+00:00"),
        ("2024-05-17T09:30Z", "2024-05-17T09:30:00+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
    ],
)
def test_a_time_begins_at_its_instant(text: str, instant: str) -> None:
    found = read(text)
    assert found.epoch == datetime.fromisoformat(instant).timestamp()
    assert found.has_time


@pytest.mark.parametrize(
    "text",
    [
        "2024-13",
        "2023-02-29",
        "2024-05-17T24:00:00Z",
        "2024-05-17T10:61:00Z",
        "2024-05-17T10:00:00+25:00",
        "0000",
        "24-05-17",
        "2024-5-7",
        "20240517",
        "17/05/2024",
        "last spring",
        "2024-05-17 or so",
        "\u0662\u0660\u0662\u0664-\u0660\u0665-\u0661\u0667",
    ],
)
def test_what_is_no_date_keeps_its_text_and_has_no_place_in_time(text: str) -> None:
    found = read(text)
    assert found.epoch is None
    assert not found.has_time
    assert found.local() == found.day() == text


@pytest.mark.parametrize("value", [None, "", " \n", 2024, True, ["2024"], {"start": "2024"}])
def test_what_is_no_text_is_no_date(value: object) -> None:
    assert parse(value) is None


def test_a_time_is_shown_where_the_reader_lives(live_in: Callable[[str], None]) -> None:
    taken = read("2024-07-01T03:30:00Z")
    live_in("America/New_York")
    assert (taken.local(), taken.day()) == ("2024-06-30 23:30", "2024-06-30")
    live_in("Asia/Kathmandu")
    assert (taken.local(), taken.day()) == ("2024-07-01 09:15", "2024-07-01")


def test_a_time_follows_the_change_to_summer_time(live_in: Callable[[str], None]) -> None:
    live_in("America/New_York")
    assert read("2024-03-10T06:59:00Z").local() == "2024-03-10 01:59"
    assert read("2024-03-10T07:00:00Z").local() == "2024-03-10 03:00"


def test_a_date_without_a_time_is_the_same_day_everywhere(live_in: Callable[[str], None]) -> None:
    live_in("Pacific/Honolulu")
    assert read("2024-07-01").local() == "2024-07-01"


def test_an_early_year_has_four_digits(live_in: Callable[[str], None]) -> None:
    live_in("UTC")
    assert read("0987-06-05T04:03:02Z").local() == "0987-06-05 04:03"
    assert read("0987-06-05T04:03:02Z").day() == "0987-06-05"


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("text", EXTREMES)
def test_the_ends_of_the_calendar_can_be_shown(live_in: Callable[[str], None], zone: str, text: str) -> None:
    live_in(zone)
    found = read(text)
    assert found.local()
    assert found.day()


def test_dates_of_every_precision_come_in_the_order_in_which_they_begin() -> None:
    ordered = [
        "2023",
        "2023-12-31T23:00:00-05:00",
        "2024-01-01T05:00:00Z",
        "2024-01-02",
        "2024-02",
        "2024-02-01T00:01Z",
    ]
    assert sorted({*ordered}, key=lambda text: read(text).epoch or 0) == ordered


def test_a_hostile_date_is_one_harmless_line() -> None:
    found = read("2024-01-01T00:00\n\x1b[2J\n Z")
    assert "\n" not in found.text
    assert is_harmless(found.text)
    assert "\n" not in read("2024-01-01T00:00\n Z").text


def test_an_instant_is_written_as_fhir_writes_it() -> None:
    written = from_epoch(1_715_938_200.9)
    assert written == FhirDate(written.text, 1_715_938_200, has_time=True)
    assert written.text == "2024-05-17T09:30:00Z"
    assert parse(written.text) == written


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_instant_is_read_as_what_it_is(moment: datetime) -> None:
    assert read(moment.isoformat()).epoch == int(moment.replace(microsecond=0).timestamp())


ANY = st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)", fullmatch=True)


@given(ANY)
def test_any_text_can_be_shown_as_a_date(text: str) -> None:
    found = parse(text)
    if found:
        assert is_harmless(found.local())
        assert is_harmless(found.day())


@given(ANY)
@example("2026-02-03T04:05:06.7Z")
@example("2026-02-03t04:05z")
@example("2026-02")
@example("Thursday")
@example("")
def test_a_date_that_was_kept_is_the_one_that_was_read(written: str) -> None:
    found = parse(written)
    assert once_read(found.text if found else EMPTY, found.epoch if found else None) == found


def test_a_day_is_that_of_the_place_it_was_written_at(live_in: Callable[[str], None]) -> None:
    live_in("Asia/Tokyo")
    assert read("2019-09-24T16:05:00-04:00").day() == "2019-09-24"
    assert read("2019-09-24T20:05:00Z").day() == "2019-09-25"
