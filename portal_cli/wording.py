"""Values in words for people: dates, ages, flags and counts."""

from __future__ import annotations

import shutil
import textwrap
import time
from typing import TYPE_CHECKING

from portal_cli import accessible
from store.records.labs import NOT_ABNORMAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from store.records.appointments import Appointment
    from store.records.dates import FhirDate
    from store.records.snippets import Snippet

_WIDEST = 80  # columns of running text
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SIGNS = {"high": "▲", "rising": "▲", "low": "▼", "falling": "▼"}


def day(date: FhirDate | None) -> str:
    """A date without its time of day."""
    return date.day() if date else ""


def moment(date: FhirDate | None) -> str:
    """A date with its time of day, where it has one."""
    return date.local() if date else ""


def flag(word: str) -> str:
    """A flag as a sign and its word, so that it stands out without colour."""
    if word in NOT_ABNORMAL:
        return word
    return f"{_SIGNS.get(word.rpartition(' ')[2], '●')} {word}"


def marked(snippet: Snippet) -> str:
    """The words of a record around what was searched for, which stands between » and «."""
    text, end = "", 0
    for start, stop in snippet.hits:
        text += f"{snippet.text[end:start]}»{snippet.text[start:stop]}«"
        end = stop
    return text + snippet.text[end:]


def change(number: Decimal | None) -> str:
    """A difference with its sign; empty where there is none to tell."""
    if number is None:
        return ""
    # Deferred: few lists have it.
    from store.records.elements import plain  # noqa: PLC0415

    return f"{'+' if number > 0 else ''}{plain(number)}" if number else "0"


def distance(date: FhirDate | None, now: float | None = None) -> str:
    """How far a moment is from now: `3 hours ago`, `in 2 days`; empty for a date without a time."""
    if date is None or date.epoch is None or not date.has_time:
        return ""
    seconds = date.epoch - (time.time() if now is None else now)
    size = abs(seconds)
    if size < _MINUTE:
        return "just now"
    for length, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if size >= length:
            words = counted(int(size // length), name)
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return ""


def with_distance(date: FhirDate | None) -> str:
    """A moment and how far away it is."""
    apart = distance(date)
    return f"{moment(date)} ({apart})" if apart else moment(date)


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it must be."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def age(synced: FhirDate | None) -> str:
    """How old the data is."""
    return f"as of {with_distance(synced)}" if synced else "never synced"


def labelled(facts: Sequence[tuple[str, str]]) -> str:
    """Lines of a label and a value, the values under one another; what has no value is left out."""
    shown = [(label, value) for label, value in facts if value]
    if accessible.is_on():
        return "\n".join(accessible.labelled(shown))
    width = max((len(label) for label, _ in shown), default=0)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in shown)


def folded(text: str) -> str:
    """Running text in lines that fit the terminal, and are never wider than is good to read."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent="  " if line.startswith("- ") else "", break_on_hyphens=False)
        for line in text.split("\n")
    )


def becomes(before: str, after: str) -> str:
    """What becomes of a value: one that is new or stays is told alone."""
    if not before:
        return after
    if before == after:
        return before
    return f"{before} → {after or '(removed)'}"


_STANDINGS = {
    "draft": "draft",
    "queued": "waits here",
    "sending": "waits here",
    "unknown": "its answer was lost",
    "rejected": "was refused",
    "conflict": "waits for your decision",
}


_WAITING = frozenset({"queued", "sending", "conflict"})  # words that no record has as its status


def standing(state: str) -> str:
    """Where something stands that is not at the portal yet, in words."""
    return _STANDINGS.get(state, state)


_VISITS = {
    "proposed": "asked for",
    "pending": "not confirmed",
    "waitlist": "on the waiting list",
    "checked-in": "checked in",
    "fulfilled": "done",
    "noshow": "missed",
    "entered-in-error": "entered in error",
}


def visit(appointment: Appointment) -> str:
    """The status of an appointment, or of the request for one, in words."""
    if appointment.awaits_answer:
        return "proposed to you"
    return _VISITS.get(appointment.status, stands(appointment.status))


def stands(status: str, change: str = "") -> str:
    """The status of something, and where it, or a `change` of it, stands that is not at the portal yet."""
    if change:
        return f"{status} (a change {standing(change)})"
    return f"{status} ({standing(status)})" if status in _WAITING else status
