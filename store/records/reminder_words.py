"""What a reminder says: without details nothing clinical, and no name of a patient, clinician, clinic or test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from store.records import reminders
from store.records.reminders import Due, Topic
from store.records.text import Safe

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NEWS = {
    Topic.MESSAGE: ("A message from your practice is unread", "Messages from your practice are unread"),
    Topic.RESULT: ("A new result from your practice", "New results from your practice"),
}


def sentence(items: Sequence[Due], now: float, zone: tzinfo | None = None) -> Safe:
    """What is said of one event, or of several that are news; one sentence."""
    event = items[0].event
    if event.topic in _NEWS:
        number = len({item.event.key for item in items})
        return Safe(_NEWS[event.topic][number > 1])
    begins = reminders.wall(event, zone)
    today = datetime.fromtimestamp(now, UTC).astimezone(zone).date()
    day = _day(begins, (begins.date() - today).days, has_year=begins.year != today.year)
    if event.topic is Topic.REFILL:
        verb = "may have run out" if begins.date() < today else "may run out"
        return Safe(f"A medication {verb} {day}; ask for a refill in time")
    clock = "" if event.is_day else f" at {begins:%H:%M}"
    return Safe(f"An appointment at your practice {day}{clock}")


def _day(begins: datetime, ahead: int, *, has_year: bool) -> str:
    if ahead in {0, 1}:
        return ("today", "tomorrow")[ahead]
    year = f" {begins.year}" if has_year else ""
    weekday = f"{_DAYS[begins.weekday()]} " if timedelta(days=ahead) > timedelta() else ""
    return f"on {weekday}{begins.day} {_MONTHS[begins.month - 1]}{year}"
