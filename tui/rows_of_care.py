"""Appointments, medications, refills and reminders as lines of their own screens."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from store.records.text import one_line
from tui import words
from tui.columns import Cell, Row, Tone
from tui.standing import whose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from store.records.appointments import Appointment
    from store.records.free_times import FreeTime
    from store.records.medications import Medication
    from store.services.pending_changes import Unsent
    from store.services.refill_plans import DueRow, RefillRow
    from store.services.reminder_notices import Reminder
    from store.services.reminders import ReminderRow
    from store.services.status import Status

OUTBOX = "outbox/"
"""Stands before the key of a line whose record the portal does not have yet; what follows is its id in the outbox."""
_ON_THE_WAY = {
    "cancelled": "○ to be cancelled",
    "arrived": "○ checking in",
    "stopped": "○ to be stopped",
    "entered-in-error": "○ to be withdrawn",
    "accepted": "○ yes, not sent yet",
    "declined": "○ no, not sent yet",
    "tentative": "○ maybe, not sent yet",
}
_REFUSED = "✗ change refused"


@dataclass(frozen=True)
class Places:
    """What lines are told of beside their records: what is on its way for some of them, and whose each is.

    `unsent` is by portal and record (`Type/id`); `whose` by portal, as it stands after a title.
    """

    unsent: Mapping[tuple[str, str], Unsent]
    whose: Mapping[str, str]

    def named(self, title: str, portal: str) -> str:
        """A title with whose it is, where that has to be told."""
        return f"{title}{self.whose.get(portal, '')}"

    def state(self, portal: str, reference: str, otherwise: str) -> str:
        """Where a record stands: what was asked of it and is not settled, or else its own state."""
        found = self.unsent.get((portal, reference))
        return otherwise if found is None else unsent_words(found)


def places(unsent: Iterable[Unsent], status: Status | None) -> Places:
    """What is on its way, the latest of each record, and whose the records of each portal are."""
    portals = status.portals if status else ()
    marks = {str(each.name): whose(status, each.name, each.patient_name or each.patient) for each in portals}
    return Places({(str(each.portal), str(each.target)): each for each in unsent}, marks)


def unsent_words(found: Unsent) -> str:
    """What was asked of a record and is not settled, in few cells."""
    match str(found.state):
        case "rejected":
            return _REFUSED
        case "conflict" | "unknown":
            return words.appointment_state(str(found.state))
    if found.kind == "reschedule":
        return "○ another time asked"
    if found.kind == "refill":
        return "○ refill not sent yet"
    return _ON_THE_WAY.get(str(found.becomes), "○ change not sent yet")


def appointment(item: Appointment, now: float, beside: Places) -> Row:
    """An appointment of the agenda."""
    is_unsent = str(item.status) in words.UNSENT
    portal = str(item.portal)
    state = beside.state(portal, f"Appointment/{item.id}", words.visit_state(item))
    return Row(
        f"{OUTBOX}{item.id}" if is_unsent else str(item.id),
        (
            cell(words.soon(item.start, now), Tone.STRONG),
            cell(beside.named(item.title, portal)),
            cell(", ".join(item.clinicians or item.places), Tone.QUIET),
            cell(words.ahead(item.start, now), Tone.QUIET),
            cell(state, Tone.PLAIN if state[:1] in {"✓", "→"} else Tone.ALERT),
        ),
        portal,
    )


def medication(item: Medication, beside: Places) -> Row:
    """An entry of the medication list."""
    reference, portal = f"{item.type}/{item.id}", str(item.portal)
    is_given = item.source == "dispensed" and item.status == "completed"
    state = beside.state(portal, reference, "✓ dispensed" if is_given else words.medicine_state(item.status))
    is_unsent = str(item.status) in words.UNSENT
    return Row(
        f"{OUTBOX}{item.id}" if is_unsent else reference,
        (
            cell(beside.named(item.name, portal)),
            cell(f"● differs; {item.directions}" if item.differs else item.directions, Tone.QUIET),
            cell(state, Tone.PLAIN if state[:1] in {"✓", "·"} else Tone.ALERT),
            cell(source_words(item.source), Tone.QUIET),
            cell(words.day(item.started).strip(), Tone.QUIET),
        ),
        portal,
    )


def source_words(source: str) -> str:
    """Where an entry of the medication list is from."""
    return "told by you" if source == "self-reported" else source


def refill(item: RefillRow, now: float, beside: Places) -> Row:
    """A refill request."""
    portal = str(item.portal)
    state = beside.state(portal, f"Task/{item.id}", words.refill_state(item.status))
    return Row(
        str(item.id or item.request_id),
        (
            cell(beside.named(item.medication, portal)),
            cell(state, Tone.ALERT if state[:1] in {"✗", "!", "?", "○"} else Tone.STRONG),
            cell(item.detail, Tone.QUIET),
            cell(words.lately(item.requested, now), Tone.QUIET),
            cell(words.lately(item.updated, now), Tone.QUIET),
        ),
        portal,
    )


def to_refill(item: Medication, due: DueRow | None, beside: Places, *, is_marked: bool, is_asked: bool) -> Row:
    """A prescription that a refill can be asked of, with when it runs out."""
    portal = str(item.portal)
    kind = "a renewal" if due and due.is_renewal else "a refill"
    asked = beside.state(portal, f"MedicationRequest/{item.id}", "→ asked already" if is_asked else kind)
    allowed = item.repeats if due is None else due.repeats_left
    left = "" if allowed is None else f"{allowed:f} left" if isinstance(allowed, Decimal) else f"{allowed} left"
    runs_out = days_words(due.days) if due else ""
    is_near = due is not None and due.days <= 0
    return Row(
        str(item.id),
        (
            cell("[x]" if is_marked else "[ ]", Tone.STRONG if is_marked else Tone.QUIET),
            cell(beside.named(item.name, portal)),
            cell(runs_out, Tone.ALERT if is_near else Tone.PLAIN),
            cell(left, Tone.QUIET),
            cell(asked, Tone.QUIET if asked == kind else Tone.STRONG),
        ),
        portal,
    )


def days_words(days: int) -> str:
    """When a supply is used up: `! 3 days ago`, `! today`, `in 5 days`."""
    if days < 0:
        return f"! {words.count(-days, 'day')} ago"
    return f"in {words.count(days, 'day')}" if days else "! today"


def rule(item: ReminderRow, beside: Places) -> Row:
    """A rule for reminders."""
    portal = str(item.portal)
    return Row(
        str(item.id),
        (
            cell(beside.named(item.topic, portal)),
            cell(before_words(str(item.before)), Tone.STRONG),
            cell(item.channel),
            cell("with details" if item.with_details else "no details", Tone.QUIET),
            cell("○ paused" if item.is_paused else "✓ on", Tone.ALERT if item.is_paused else Tone.PLAIN),
        ),
        portal,
    )


def before_words(lead: str) -> str:
    """The time before an event in words: `1 week before`; `when it comes` where there is none."""
    units = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
    if lead[-1:] not in units or not lead[:-1].isdecimal():
        return "when it comes"
    return f"{words.count(int(lead[:-1]), units[lead[-1]])} before"


def due_reminder(item: Reminder, number: int) -> Row:
    """A reminder that is due now."""
    return Row(
        str(number),
        (
            cell(item.topic),
            cell(item.text, Tone.STRONG),
            cell(item.channel, Tone.QUIET),
            cell(item.details, Tone.QUIET),
        ),
    )


def free_time(item: FreeTime, now: float) -> Row:
    """A time that can be booked."""
    end = words.full(item.end).rpartition(", ")[2] if item.end and item.end.has_time else ""
    start = words.soon(item.start, now)
    return Row(
        str(item.id),
        (
            cell(f"{start} to {end}" if end else start, Tone.STRONG),
            cell(", ".join(item.clinicians)),
            cell(item.service, Tone.QUIET),
            cell(", ".join(item.places), Tone.QUIET),
        ),
        str(item.portal),
    )


def cell(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    """A cell of one line."""
    return Cell(one_line(text) if "\n" in text or "\t" in text else text, tone)
