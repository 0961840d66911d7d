"""Dates, flags and states as words and signs; nothing is said by colour alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store.records.labs import NOT_ABNORMAL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date as Date  # noqa: N812 - `date` is what functions here are given

    from store.records.appointments import Appointment
    from store.records.dates import FhirDate

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH_LENGTH = len("2026-11")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_MANY_DAYS = 60

_FLAG_SIGNS = {
    "high": "▲",
    "critically high": "▲▲",
    "rising": "▲",
    "low": "▼",
    "critically low": "▼▼",
    "falling": "▼",
    "critically abnormal": "!!",
}
_SHORT_FLAGS = {
    "critically high": "▲▲ critical",
    "critically low": "▼▼ critical",
    "critically abnormal": "!! critical",
}
_UNSENT_STATES = {
    "draft": "○ draft",
    "queued": "○ waiting to send",
    "sending": "↻ sending",
    "unknown": "? answer lost, will be checked",
    "conflict": "! needs you",
    "rejected": "✗ refused",
}
UNSENT = frozenset(_UNSENT_STATES)
"""States of what rests in the outbox."""
_APPOINTMENT_STATES = {
    "proposed": "? asked for",
    "pending": "? not confirmed",
    "waitlist": "? on the waiting list",
    "booked": "✓ booked",
    "arrived": "✓ arrived",
    "checked-in": "✓ checked in",
    "fulfilled": "✓ done",
    "cancelled": "✗ cancelled",
    "noshow": "✗ missed",
    "entered-in-error": "✗ entered in error",
    **_UNSENT_STATES,
}
REFILL_STEPS = ("requested", "received", "accepted", "in-progress", "completed")
_MEDICINE_STATES = {
    "active": "✓ current",
    "on-hold": "! on hold",
    "completed": "· over",
    "stopped": "✗ stopped",
    "cancelled": "✗ cancelled",
    "entered-in-error": "✗ entered in error",
    "not-taken": "✗ not taken",
    **_UNSENT_STATES,
}
_REFILL_STATES = {
    **_UNSENT_STATES,
    "requested": "→ requested",
    "received": "→ received",
    "accepted": "→ accepted",
    "ready": "→ ready",
    "in-progress": "→ in progress",
    "on-hold": "! on hold",
    "completed": "✓ completed",
    "failed": "✗ failed",
    "cancelled": "✗ cancelled",
    "entered-in-error": "✗ entered in error",
}
SIGNS = (
    ("▲ high  ▼ low", "out of the laboratory's range; doubled when critical"),
    ("! abnormal", "flagged in words of the laboratory's own"),
    ("● new", "a message that nobody has opened"),
    ("✓ → ○ ? ✗", "done, under way, waiting here, not certain, refused or cancelled"),
)


def day(date: FhirDate | None) -> str:
    """A date without its time, as precise as it was given: `24 Nov 2026`, `Nov 2026`, `2026`."""
    moment = _moment(date)
    if date is None or moment is None:
        return date.text if date else ""
    if date.has_time or len(date.text) > _MONTH_LENGTH:
        return f"{moment.day:2d} {_MONTHS[moment.month - 1]} {moment.year}"
    if len(date.text) == _MONTH_LENGTH:
        return f"{_MONTHS[moment.month - 1]} {moment.year}"
    return f"{moment.year}"


def lately(date: FhirDate | None, now: float) -> str:
    """A date in few cells: `24 Nov` of this year, else `24 Nov 2025`."""
    moment = _moment(date)
    if date is None or moment is None or not (date.has_time or len(date.text) > _MONTH_LENGTH):
        return day(date)
    return f"{moment.day:2d} {_MONTHS[moment.month - 1]}" if moment.year == _local(now).year else day(date)


def month(date: FhirDate | None) -> str:
    """The month of a date, or its year where it tells no more: `Nov 2026`."""
    moment = _moment(date)
    if date is None or moment is None:
        return date.text if date else ""
    knows_month = date.has_time or len(date.text) >= _MONTH_LENGTH
    return f"{_MONTHS[moment.month - 1]} {moment.year}" if knows_month else f"{moment.year}"


def day_in_month(date: FhirDate | None) -> str:
    """A date beside its month: `Tue 24`; empty where it tells no day."""
    moment = _moment(date)
    if date is None or moment is None or not (date.has_time or len(date.text) > _MONTH_LENGTH):
        return ""
    return f"{_DAYS[moment.weekday()]} {moment.day:2d}"


def full(date: FhirDate | None) -> str:
    """A date with its weekday, and its time where one was given: `Tue 24 Nov 2026, 09:30`."""
    moment = _moment(date)
    if date is None or moment is None or not (date.has_time or len(date.text) > _MONTH_LENGTH):
        return day(date)
    words = f"{_DAYS[moment.weekday()]} {day(date).strip()}"
    return f"{words}, {moment:%H:%M}" if date.has_time else words


def soon(date: FhirDate | None, now: float) -> str:
    """A coming date in a fixed width: `Tue 24 Nov 09:30`, or `24 Nov 2027 09:30` when it lies in another year."""
    moment = _moment(date)
    if date is None:
        return "no date yet"
    if moment is None or len(date.text) <= _MONTH_LENGTH:
        return day(date)
    if moment.year != _local(now).year:
        return f"{day(date)} {moment:%H:%M}" if date.has_time else day(date)
    words = f"{_DAYS[moment.weekday()]} {moment.day:2d} {_MONTHS[moment.month - 1]}"
    return f"{words} {moment:%H:%M}" if date.has_time else words


def ahead(date: FhirDate | None, now: float) -> str:
    """How far off a coming date is: `today`, `tomorrow`, `in 5 days`, `in 3 months`."""
    moment = _moment(date)
    if date is None or moment is None or len(date.text) <= _MONTH_LENGTH:
        return ""
    days = (moment.date() - _local(now).date()).days
    if days <= 0:
        return "today" if days == 0 else ""
    if days == 1:
        return "tomorrow"
    return f"in {days} days" if days < _MANY_DAYS else f"in {round(days / 30.4)} months"


def age(date: FhirDate | None, now: float) -> str:
    """How long ago something was: `4 min ago`; `never` without a date."""
    if date is None or date.epoch is None:
        return "never"
    seconds = now - date.epoch
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR:.0f} h ago"
    return f"{seconds // _DAY:.0f} days ago"


def flag(word: str) -> str:
    """A result's flag with its sign: `▲ high`; a word for what is as it should be stands alone."""
    return f"{_FLAG_SIGNS.get(word, '!')} {word}" if is_alarming(word) else word


def short_flag(word: str) -> str:
    """As `flag`, in few cells: `▲▲ critical` for one that is critically high."""
    return _SHORT_FLAGS.get(word) or flag(word)


def is_alarming(word: str) -> bool:
    """Whether a result's flag asks for attention."""
    return word not in NOT_ABNORMAL


def visit_state(appointment: Appointment) -> str:
    """Where an appointment stands, with its sign."""
    return "! proposed to you" if appointment.awaits_answer else appointment_state(appointment.status)


def appointment_state(status: str) -> str:
    """An appointment's status with its sign."""
    return _APPOINTMENT_STATES.get(status, _spoken(status))


def refill_state(status: str) -> str:
    """A refill request's status with its sign."""
    return _REFILL_STATES.get(status, _spoken(status))


def medicine_state(status: str) -> str:
    """A medicine's status with its sign."""
    return _MEDICINE_STATES.get(status, _spoken(status))


def names(found: Iterable[str], between: str = ", ") -> str:
    """Names in a row, each once, also where a record refers to one person in two ways."""
    return between.join(dict.fromkeys(found))


def in_sentence(state: str) -> str:
    """A state without its sign, as it stands in the middle of a sentence: `booked`, for `✓ booked`."""
    sign, _, said = state.partition(" ")
    return said if said and not sign.isalnum() else state


def weekday(date: Date) -> str:
    """A day with its weekday: `Tue 24 Nov 2026`."""
    return f"{_DAYS[date.weekday()]} {date.day} {_MONTHS[date.month - 1]} {date.year}"


def day_of(now: float) -> str:
    """The day that a moment is on here, with its weekday."""
    return weekday(_local(now).date())


def count(number: int, one: str) -> str:
    """A number with its noun: `1 record`, `2 records`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _spoken(code: str) -> str:
    return code.replace("-", " ")


def _local(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC).astimezone()


def _moment(date: FhirDate | None) -> datetime | None:
    """When a date is: in the local zone when it has a time, else as it stands; None when it is no date."""
    if date is None or date.epoch is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=date.epoch)
    try:
        return moment.astimezone() if date.has_time else moment
    except (OverflowError, OSError, ValueError):
        return moment
