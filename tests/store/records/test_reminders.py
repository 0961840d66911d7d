"""Which reminders are due: across clock changes, time zones, clocks set back and weeks asleep."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.records import reminder_words, reminders
from store.records.reminders import Channel, Due, Event, Rule, Topic

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = [
    ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
]
DAY = 86_400
BEGAN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())  # both changes of the clocks are in the year after it

leads = st.sampled_from(["1w", "1d", "3d", "2h", "30m", "36h", "12w"])
CHANGES = [  # of the clocks in the zones above
    int(datetime.fromisoformat(f"{day}T00:00+00:00").timestamp())
    for day in ("2026-03-08", "2026-03-29", "2026-04-04", "2026-10-03", "2026-10-25", "2026-11-01")
]
starts = st.one_of(
    st.integers(BEGAN, BEGAN + 300 * DAY), st.tuples(st.sampled_from(CHANGES), st.integers(0, 3 * DAY)).map(sum)
)
rules = st.lists(leads, max_size=4, unique=True).map(
    lambda found: [Rule(number, 1, Topic.APPOINTMENT, lead, Channel.TERMINAL) for number, lead in enumerate(found)]
)


def appointment(start: int, name: str = "a") -> Event:
    return Event(1, Topic.APPOINTMENT, f"Appointment/{name} {start}", start, start)


def at(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def rule(lead: str, topic: Topic = Topic.APPOINTMENT, mark: int = 0) -> Rule:
    return Rule(1, 1, topic, lead, Channel.TERMINAL, mark=mark)


def expected(lead: str, start: int, zone: ZoneInfo) -> float:
    """When a reminder is due, worked out by looking at a wall clock minute by minute where clocks are changed."""
    number, unit = int(lead[:-1]), lead[-1]
    if unit in "hm":
        return start - number * (3600 if unit == "h" else 60)
    shown = datetime.fromtimestamp(start, zone).replace(tzinfo=None) - timedelta(
        days=number * (7 if unit == "w" else 1)
    )
    guess = start - number * (7 if unit == "w" else 1) * DAY
    for moment in range(guess - 7200, guess + 7201, 60):
        if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == shown:
            return moment
    return float("nan")  # the clock skipped it


@given(rules, st.lists(starts, max_size=5, unique=True), st.data())
@settings(deadline=None, max_examples=250)
def test_each_due_reminder_is_delivered_once_whenever_the_clock_is_looked_at(
    made: list[Rule], begins: list[int], data: st.DataObject
) -> None:
    delivered: set[tuple[int, str, str]] = set()
    due_at_some_run: set[tuple[int, str, str]] = set()
    events = [appointment(start, str(number)) for number, start in enumerate(begins)]
    nearly = [start - number * DAY for start in begins for number in (1, 3, 7)] or [BEGAN]
    now = BEGAN
    for _ in range(data.draw(st.integers(1, 12))):
        steps = st.one_of(st.integers(-30 * DAY, 0), st.integers(0, 7200), st.integers(0, 7 * DAY))
        around = st.tuples(st.sampled_from(nearly), st.integers(-5400, 5400)).map(sum)
        now = data.draw(st.one_of(steps.map(now.__add__), around))  # set back, some minutes, a week, about due
        zone = data.draw(st.sampled_from(ZONES))
        for one in made:
            for event in events:
                assert event.start is not None
                begin = expected(one.lead, event.start, zone)
                if math.isnan(begin):
                    continue
                if begin <= now < event.start:
                    due_at_some_run.add(Due(one, event).key)
                else:
                    assert Due(one, event).key not in {
                        item.key for item in reminders.due(made, events, delivered, now, zone)
                    }
        found = [item.key for item in reminders.due(made, events, delivered, now, zone)]
        assert len(found) == len(set(found))
        assert not delivered & set(found)
        delivered |= set(found)
        assert reminders.due(made, events, delivered, now, zone) == ()
        assert due_at_some_run <= delivered


@pytest.mark.parametrize(
    ("start", "before"),
    [
        ("2026-03-29T10:30", "2026-03-28T10:30"),  # 23 hours: clocks go forward between the two
        ("2026-10-25T10:30", "2026-10-24T10:30"),  # 25 hours
        ("2026-06-02T10:30", "2026-06-01T10:30"),
    ],
)
def test_a_day_before_is_the_same_time_of_day_also_when_clocks_change(start: str, before: str) -> None:
    due = Due(rule("1d"), appointment(at(start, BERLIN)))
    assert reminders.moment(due, BERLIN) == at(before, BERLIN)


def test_two_hours_before_are_two_hours_also_when_clocks_change() -> None:
    start = at("2026-03-29T03:30", BERLIN)
    assert reminders.moment(Due(rule("2h"), appointment(start)), BERLIN) == start - 7200


def test_a_time_that_the_clock_skips_is_due_within_the_hour_after() -> None:
    due = Due(rule("1d"), appointment(at("2026-03-30T02:30", BERLIN)))
    assert reminders.moment(due, BERLIN) == at("2026-03-29T03:30", BERLIN)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_zone_of_this_computer_is_as_good_as_a_named_one(zone: ZoneInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone.key)
        time.tzset()
        for start in range(BEGAN, BEGAN + 365 * DAY, 1800 * 7):
            due = Due(rule("1d"), appointment(start))
            assert reminders.moment(due, None) == reminders.moment(due, zone)
    time.tzset()


def test_what_is_slept_through_is_told_once_while_it_is_ahead_and_never_after_it_has_begun() -> None:
    start = at("2026-05-10T10:30", BERLIN)
    made = [rule("1w"), rule("1d")]
    late = reminders.due(made, [appointment(start)], set(), start - 60, BERLIN)
    assert [item.rule.lead for item in late] == ["1w", "1d"]
    assert reminders.due(made, [appointment(start)], {item.key for item in late}, start - 30, BERLIN) == ()
    assert reminders.due(made, [appointment(start)], set(), start, BERLIN) == ()


def test_an_appointment_that_moved_is_told_of_anew() -> None:
    start = at("2026-05-10T10:30", BERLIN)
    first = reminders.due([rule("1d")], [appointment(start)], set(), start - 3600, BERLIN)
    moved = appointment(start + 14 * DAY)
    told = {item.key for item in first}
    assert reminders.due([rule("1d")], [moved], told, start - 3600, BERLIN) == ()
    assert len(reminders.due([rule("1d")], [moved], told, start + 14 * DAY - 3600, BERLIN)) == 1


def test_a_rule_that_rests_or_is_of_another_patient_or_topic_tells_nothing() -> None:
    start = at("2026-05-10T10:30", BERLIN)
    made = [
        Rule(1, 1, Topic.APPOINTMENT, "1d", Channel.TERMINAL, is_paused=True),
        Rule(2, 2, Topic.APPOINTMENT, "1d", Channel.TERMINAL),
        Rule(3, 1, Topic.REFILL, "1d", Channel.TERMINAL),
    ]
    assert reminders.due(made, [appointment(start)], set(), start - 60, BERLIN) == ()


def test_only_results_that_came_after_the_rule_are_news() -> None:
    known = Event(1, Topic.RESULT, "Observation/old", number=7)
    fresh = Event(1, Topic.RESULT, "Observation/new", number=8)
    found = reminders.due([rule("", Topic.RESULT, mark=7)], [known, fresh], set(), 0.0, BERLIN)
    assert [item.event for item in found] == [fresh]


@pytest.mark.parametrize("start", [-62_135_596_800, 253_402_300_799])
@pytest.mark.parametrize("zone", [None, NEW_YORK, ZoneInfo("Pacific/Kiritimati")])
def test_the_first_and_last_day_of_the_calendar_do_no_harm(start: int, zone: ZoneInfo | None) -> None:
    for is_day in (False, True):
        event = Event(1, Topic.REFILL, "x", start, None, is_day=is_day)
        assert len(reminders.due([rule("52w", Topic.REFILL)], [event], set(), 0.0, zone)) in {0, 1}


@pytest.mark.parametrize(
    ("typed", "kept"), [("1w", "1w"), ("1 week", "1w"), ("2 Hours", "2h"), ("30min", "30m"), (" 3 days ", "3d")]
)
def test_a_time_before_is_read_as_people_write_it(typed: str, kept: str) -> None:
    assert reminders.lead(typed) == kept


@pytest.mark.parametrize("typed", ["", "0d", "1", "d", "-1d", "1y", "53w", "999999w", "1.5d", "1d2h", "\u0661d"])
def test_a_time_before_that_cannot_be_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        reminders.lead(typed)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-27T09:00", "An appointment at your practice today at 10:30"),
        ("2026-11-26T23:59", "An appointment at your practice tomorrow at 10:30"),
        ("2026-11-20T09:00", "An appointment at your practice on Friday 27 November at 10:30"),
        ("2025-12-20T09:00", "An appointment at your practice on Friday 27 November 2026 at 10:30"),
    ],
)
def test_an_appointment_is_told_of_by_day_and_time_of_where_its_reader_is(now: str, said: str) -> None:
    item = Due(rule("1w"), appointment(at("2026-11-27T10:30", NEW_YORK)))
    assert reminder_words.sentence([item], at(now, NEW_YORK), NEW_YORK) == said


def test_what_is_new_is_told_without_a_word_of_what_it_is() -> None:
    news = [Due(rule("", Topic.RESULT), Event(1, Topic.RESULT, f"Observation/{name}", number=9)) for name in "ab"]
    assert reminder_words.sentence(news[:1], 0.0, UTC) == "A new result from your practice"
    assert reminder_words.sentence(news, 0.0, UTC) == "New results from your practice"
