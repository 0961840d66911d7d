"""Appointments, medications, refills and reminders, for reading at length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import NotFound
from store.services.appointments import Which
from tui import words
from tui.reading import Fact, Reading, facts, sections
from tui.readings_of_records import everything
from tui.rows_of_care import OUTBOX, before_words, days_words, source_words, unsent_words

if TYPE_CHECKING:
    from store.client import Client
    from store.records.appointments import Appointment
    from store.records.medications import Medication
    from store.records.places import Place
    from store.services.outbox_rows import OutboxRow
    from store.services.refill_plans import DueRow, RefillDetail
    from store.services.reminder_notices import Reminder
    from store.services.reminders import ReminderRow

_FAR = 3660  # days
_WISHED = {"When": "Would suit from"}  # of a time that nobody has agreed to


def appointment(client: Client, key: str, now: float) -> Reading:
    """An appointment: when, with whom, where, what to bring, and what is on its way for it."""
    if key.startswith(OUTBOX):
        return _requested(client, key.removeprefix(OUTBOX), now)
    found = client.appointments.show(key)
    shown = client.records.show(f"Appointment/{key}")
    return Reading(
        "Appointment",
        found.title,
        (*_visit(found, now), *_on_its_way(client, f"Appointment/{key}")),
        sections(
            ("What to do before", found.instructions),
            ("Comment", found.comment),
            ("For your calendar", "`portal export appointments --format ical` writes all of them for one to import."),
            ("All that the portal says", everything(shown.detail.everything)),
        ),
    )


def directions(client: Client, key: str) -> Reading:
    """The way to an appointment."""
    found = client.appointments.show(key)
    places = client.appointments.directions(key)
    return Reading(
        "Directions",
        found.title,
        facts(("When", words.full(found.start))),
        sections(*((place.name or "Place", _place(place)) for place in places)),
    )


def refill(client: Client, key: str, now: float) -> Reading:
    """A refill request, the steps it has taken, and what came of it."""
    del now
    found = client.refills.show(key)
    return Reading(
        "Refill request",
        found.medication,
        facts(
            ("State", words.refill_state(found.status)),
            ("Portal says", found.detail),
            ("Steps", _taken(found) or _steps(found.status)),
            ("Asked as", "a renewal" if found.is_renewal else ""),
            ("Asked on", words.full(found.requested)),
            ("Last change", words.full(found.updated)),
            ("Pharmacy", found.pharmacy),
            ("Left", found.remaining),
            ("Became", "\n".join(f"{one.what}: {one.title or one.reference}" for one in found.made)),
            ("Waits here", "until the next sync" if found.is_waiting else ""),
            ("On its way", _cancelling(found)),
        ),
        sections(("Your note", found.note)),
    )


def medication(client: Client, key: str, now: float) -> Reading:
    """An entry of the medication list."""
    del now
    found = _medication(client, key.removeprefix(OUTBOX))
    reference = f"{found.type}/{found.id}"
    due = {str(row.medication_id): row for row in client.refills.due(_FAR).items}.get(str(found.id))
    return Reading(
        "Medication",
        found.name,
        (
            *facts(
                ("How to take it", found.directions),
                ("State", words.medicine_state(found.status)),
                ("For", found.reason),
                ("Prescribed by", found.prescriber),
                ("Since", words.full(found.started)),
                ("Valid until", words.full(found.expires)),
                ("Runs out", _runs_out(due)),
                ("Refills allowed", "" if found.repeats is None else f"{found.repeats:f}"),
                ("Refills left", "" if due is None or due.repeats_left is None else str(due.repeats_left)),
                ("One filling", found.quantity),
                ("Lasts", found.supply),
                ("Source", source_words(found.source)),
                ("Last dispensed", words.full(found.filled)),
                ("Stands for", "\n".join(found.folded)),
                ("Differs", f"other directions than {found.differs}" if found.differs else ""),
            ),
            *_on_its_way(client, reference),
        ),
        sections(("All that the portal says", _all_of(client, reference))),
    )


def rule(found: ReminderRow) -> Reading:
    """A rule for reminders."""
    return Reading(
        "Reminder",
        f"About {found.topic}s",
        facts(
            ("When", before_words(str(found.before))),
            ("How", found.channel),
            ("Details", "what, with whom and for whom" if found.with_details else "no details"),
            ("State", "○ paused" if found.is_paused else "✓ on"),
            ("For", f"{found.patient} at {found.portal}"),
            ("Since", words.full(found.created)),
        ),
    )


def due_reminder(found: Reminder) -> Reading:
    """A reminder that is due now."""
    return Reading(
        "Due now",
        found.text,
        facts(
            ("About", found.topic),
            ("How", found.channel),
            ("Since", words.full(found.due)),
            ("Details", found.details),
            ("Records", "\n".join(found.records)),
        ),
        sections(("To have it delivered", "`portal reminders run`, or a timer: `portal reminders install`.")),
    )


def outbox_item(row: OutboxRow) -> Reading:
    """Something that rests in the outbox."""
    return Reading(
        "Request",
        row.title,
        facts(
            ("State", words.appointment_state(row.state)),
            ("Portal says", row.reason),
            ("For", f"{row.patient} at {row.portal}"),
            ("Asked on", words.full(row.created)),
            ("Sent when", words.full(row.not_before)),
        ),
    )


def _requested(client: Client, item: str, now: float) -> Reading:
    """An appointment that was asked for and that the portal does not have yet."""
    shown = outbox_item(client.outbox.show(item).row)
    asked = client.appointments.list(which=Which(upcoming=False, requested=True)).items
    visit = next((each for each in asked if each.id == item), None)
    if visit is None:
        return shown
    said = [
        replace(fact, label=_WISHED.get(fact.label, fact.label)) for fact in _visit(visit, now) if fact.label != "State"
    ]
    return replace(shown, facts=(*shown.facts, *said), sections=sections(("Comment", visit.comment)))


def _visit(found: Appointment, now: float) -> tuple[Fact, ...]:
    away = words.ahead(found.start, now)
    start = words.full(found.start) + (f" ({away})" if away else "")
    return facts(
        ("When", start or "no date yet"),
        ("Until", words.full(found.end)),
        ("State", words.visit_state(found)),
        ("With", "\n".join(found.clinicians)),
        ("Where", "\n".join(found.places)),
        ("Reason", found.reason),
    )


def _on_its_way(client: Client, reference: str) -> tuple[Fact, ...]:
    found = [unsent_words(each) for each in client.outbox.unsent() if each.target == reference]
    return facts(("On its way", "\n".join(found)))


def _medication(client: Client, key: str) -> Medication:
    """An entry of the list, by `Type/id` or its id alone; of the current ones first, which may stand for others.

    Raises NotFound.
    """
    for include_past in (False, True):
        for item in client.medications.list(include_past=include_past).items:
            if key in {f"{item.type}/{item.id}", str(item.id)}:
                return item
    raise NotFound("medicine", key)


def _runs_out(due: DueRow | None) -> str:
    return f"{due.until} ({days_words(due.days)})" if due else ""


def _all_of(client: Client, key: str) -> str:
    """All that the portal says of a record; nothing of one that it does not have yet."""
    try:
        return everything(client.records.show(key).detail.everything)
    except NotFound:
        return ""


def _place(found: Place) -> str:
    has_position = found.latitude is not None and found.longitude is not None
    lines = [
        *(found.address or ("The portal gives no address of it.",)),
        f"Telephone: {', '.join(found.telephones)}" if found.telephones else "",
        f"Position: {found.latitude}, {found.longitude}" if has_position else "",
        found.description,
    ]
    return "\n".join(filter(None, lines))


def _cancelling(found: RefillDetail) -> str:
    return f"cancelling it, {words.in_sentence(words.appointment_state(found.change))}" if found.change else ""


def _taken(found: RefillDetail) -> str:
    """The steps that a request has taken, each with its time, where more than one is known."""
    rows = [f"{words.full(one.at)}  {one.status.replace('-', ' ')}" for one in found.steps]
    return "\n".join(rows) if len(rows) > 1 else ""


def _steps(status: str) -> str:
    """The way of a request, a step a line, with what is behind it ticked."""
    if status not in words.REFILL_STEPS:
        return ""
    here = words.REFILL_STEPS.index(status)
    last = len(words.REFILL_STEPS) - 1
    marks = ["✓" if index < here or here == last else "→" if index == here else "·" for index in range(last + 1)]
    return "\n".join(f"{mark} {step.replace('-', ' ')}" for mark, step in zip(marks, words.REFILL_STEPS, strict=True))
