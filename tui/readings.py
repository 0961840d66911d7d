"""Records of each noun of the home, for reading at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import NotFound
from tui import words
from tui.reading import Reading, Section, facts, sections
from tui.readings_of_records import everything

if TYPE_CHECKING:
    from store.client import Client
    from store.records.messages import Message
    from store.services.refill_plans import RefillDetail


def appointment(client: Client, key: str, now: float) -> Reading:
    """An appointment: when, with whom, where, and what to bring."""
    found = client.appointments.show(key)
    shown = client.records.show(f"Appointment/{key}")
    away = words.ahead(found.start, now)
    start = words.full(found.start) + (f" ({away})" if away else "")
    return Reading(
        "Appointment",
        found.title,
        facts(
            ("When", start or "no date yet"),
            ("Until", words.full(found.end)),
            ("State", words.appointment_state(found.status)),
            ("With", "\n".join(found.clinicians)),
            ("Where", "\n".join(found.places)),
            ("Reason", found.reason),
        ),
        sections(
            ("What to do before", found.instructions),
            ("Comment", found.comment),
            ("All that the portal says", everything(shown.detail.everything)),
        ),
    )


def thread(client: Client, key: str, now: float) -> Reading:
    """A conversation, its messages oldest first."""
    del now
    found = client.messages.show(key)
    others = dict.fromkeys(message.sender for message in found.messages if not message.is_from_patient)
    return Reading(
        "Messages",
        found.subject,
        facts(
            ("With", ", ".join(others)),
            ("Messages", f"{len(found.messages)}" + (f", ● {found.unread} new" if found.unread else "")),
        ),
        tuple(Section(_envelope(message), _letter(message)) for message in found.messages),
    )


def refill(client: Client, key: str, now: float) -> Reading:
    """A refill request and the steps it has taken."""
    del now
    found = client.refills.show(key)
    return Reading(
        "Refill request",
        found.medication,
        facts(
            ("State", words.refill_state(found.status)),
            ("Portal says", found.detail),
            ("Steps", _taken(found) or _steps(found.status)),
            ("Asked for", words.full(found.requested)),
            ("Last change", words.full(found.updated)),
            ("Became", "\n".join(f"{one.what}: {one.title or one.reference}" for one in found.made)),
            ("Waits here", "until the next sync" if found.is_waiting else ""),
        ),
        sections(("Your note", found.note)),
    )


def _taken(found: RefillDetail) -> str:
    """The steps that a request has taken, each with its time, where more than one is known."""
    rows = [f"{words.full(one.at)}  {one.status.replace('-', ' ')}" for one in found.steps]
    return "\n".join(rows) if len(rows) > 1 else ""


def medication(client: Client, key: str, now: float) -> Reading:
    """An entry of the medication list."""
    del now
    every = client.medications.list(include_past=True).items
    found = next(item for item in every if f"{item.type}/{item.id}" == key)
    return Reading(
        "Medication",
        found.name,
        facts(
            ("How to take it", found.directions),
            ("State", found.status),
            ("For", found.reason),
            ("Prescribed by", found.prescriber),
            ("Since", words.full(found.started)),
            ("Valid until", words.full(found.expires)),
            ("Refills allowed", "" if found.repeats is None else f"{found.repeats:f}"),
            ("One filling", found.quantity),
            ("Lasts", found.supply),
            ("Source", found.source),
            ("Last dispensed", words.full(found.filled)),
            ("Stands for", "\n".join(found.folded)),
            ("Differs", f"other directions than {found.differs}" if found.differs else ""),
        ),
        sections(("All that the portal says", _all_of(client, key))),
    )


def _all_of(client: Client, key: str) -> str:
    """All that the portal says of a record; nothing of one that it does not have yet."""
    try:
        return everything(client.records.show(key).detail.everything)
    except NotFound:
        return ""


def _envelope(message: Message) -> str:
    sender = "You" if message.is_from_patient else message.sender or "Unknown sender"
    mark = "● new  " if message.is_unread else ""
    return f"{mark}{sender}, {words.full(message.sent)}".rstrip(", ")


def _letter(message: Message) -> str:
    files = "\n".join(f"Attached: {name}" for name in message.attachments)
    return "\n\n".join(filter(None, (message.text, files))) or "(no text)"


def _steps(status: str) -> str:
    """The way of a request, a step a line, with what is behind it ticked."""
    if status not in words.REFILL_STEPS:
        return ""
    here = words.REFILL_STEPS.index(status)
    last = len(words.REFILL_STEPS) - 1
    marks = ["✓" if index < here or here == last else "→" if index == here else "·" for index in range(last + 1)]
    return "\n".join(f"{mark} {step.replace('-', ' ')}" for mark, step in zip(marks, words.REFILL_STEPS, strict=True))
