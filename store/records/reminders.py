"""Reminders: rules, the events that they are about, and which of them are due; pure functions.

A time before an event in hours or minutes is counted in hours and minutes; one in days or weeks is the same time of
day on an earlier day, also where the clocks are changed in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

MOST_DAYS = 366
_LEAD = re.compile(r"(\d{1,6})\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)", re.ASCII)
_IN_UNIT = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_MORNING = 9  # o'clock: when something that has a day and no time is brought up


class Topic(StrEnum):
    """What a reminder is about."""

    APPOINTMENT = "appointment"
    REFILL = "refill"
    MESSAGE = "message"
    RESULT = "result"


class Channel(StrEnum):
    """How a reminder reaches its reader."""

    TERMINAL = "terminal"
    DESKTOP = "desktop"
    EMAIL = "email"


TIMED = frozenset({Topic.APPOINTMENT, Topic.REFILL})
"""The topics whose events are ahead, so that one is reminded before them; the others are told of as they come."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When to remind of what: `lead` is the time before, such as `1d`, empty where there is none.

    `mark` is the number of the newest record that there was when the rule was made: a result up to that is no news.
    """

    id: int
    connection: int
    topic: Topic
    lead: str
    channel: Channel
    with_details: bool = False
    is_paused: bool = False
    mark: int = 0
    created: int = 0

    @property
    def name(self) -> str:
        """What a delivery is noted under: the same for a rule that was removed and made again."""
        return f"{self.topic} {self.lead} {self.channel}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to remind of. Times are in seconds since 1970 UTC.

    `key` is another one when the event moves. `start` is None for what is news as soon as it is here; with `is_day` it
    is the midnight in UTC of a day without a time. From `until` on it is past. `number` is the record's.
    """

    connection: int
    topic: Topic
    key: str
    start: int | None = None
    until: int | None = None
    is_day: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A rule and an event that it is time for."""

    rule: Rule
    event: Event

    @property
    def key(self) -> tuple[int, str, str]:
        """What makes it the one that it is: connection, name of the rule, event."""
        return self.rule.connection, self.rule.name, self.event.key


def lead(typed: str) -> str:
    """Read a time before an event, such as `1w`, `2 hours` or `30m`, as it is kept. Raises ValueError."""
    found = _LEAD.fullmatch(typed.strip().lower())
    if found is None:
        raise ValueError(typed)
    number, unit = int(found[1]), found[2][0]
    if not timedelta() < number * _IN_UNIT[unit] <= timedelta(days=MOST_DAYS):
        raise ValueError(typed)
    return f"{number}{unit}"


def due(
    rules: Iterable[Rule],
    events: Iterable[Event],
    delivered: Container[tuple[int, str, str]],
    now: float,
    zone: tzinfo | None = None,
) -> tuple[Due, ...]:
    """What is to be reminded of now, each of it not `delivered` yet; `zone` None is that of this computer.

    What was slept through is still due until its event is past; after that it is not any more.
    """
    known = list(events)
    found = [Due(rule, event) for rule in rules if not rule.is_paused for event in known if _is_about(rule, event)]
    return tuple(item for item in found if item.key not in delivered and is_time(item, now, zone))


def is_time(item: Due, now: float, zone: tzinfo | None = None) -> bool:
    """Whether the time for a reminder has come, and that of its event has not passed."""
    until = item.event.until
    if until is not None and now >= until:
        return False
    begins = moment(item, zone)
    return begins is None or begins <= now


def moment(item: Due, zone: tzinfo | None = None) -> float | None:
    """From when on a reminder is due, in seconds since 1970 UTC; None where it is due as soon as it is there."""
    if item.event.start is None:
        return None
    number, unit = int(item.rule.lead[:-1] or 0), item.rule.lead[-1:] or "m"
    before = number * _IN_UNIT[unit]
    if unit in "hm" and not item.event.is_day:
        return item.event.start - before.total_seconds()
    try:
        return instant(wall(item.event, zone) - before, zone)
    except (OverflowError, ValueError, OSError):  # the other side of the calendar's first or last day
        return float("inf")


def wall(event: Event, zone: tzinfo | None = None) -> datetime:
    """What clock and calendar show there when an event begins; a day without a time begins in the morning.

    Raises OverflowError, ValueError or OSError for a time outside the calendar.
    """
    begins = datetime.fromtimestamp(event.start or 0, UTC)
    if event.is_day:
        return begins.replace(tzinfo=None, hour=_MORNING)
    return begins.astimezone(zone).replace(tzinfo=None)


def instant(shown: datetime, zone: tzinfo | None) -> float:
    """When clock and calendar show that, for the first time; one that is skipped counts on from before the gap."""
    return (shown if zone is None else shown.replace(tzinfo=zone)).timestamp()


def _is_about(rule: Rule, event: Event) -> bool:
    if (rule.connection, rule.topic) != (event.connection, event.topic):
        return False
    return event.topic is not Topic.RESULT or event.number > rule.mark
