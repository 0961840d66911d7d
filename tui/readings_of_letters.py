"""Conversations and drafts, for reading at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records.letter_words import EMERGENCY
from tui import rows, states, words
from tui.reading import Reading, Section, facts, sections

if TYPE_CHECKING:
    from store.records.messages import Message
    from store.services.message_plans import Attached, Beginning, Draft
    from store.services.messages import Thread


def thread(found: Thread) -> Reading:
    """A conversation, its messages oldest first."""
    state = [
        *(("closed: it takes no answers",) if found.is_closed else ()),
        *(("put away",) if found.is_archived else ()),
    ]
    return Reading(
        "Messages",
        found.subject or "(no subject)",
        facts(
            ("With", ", ".join(rows.others(found))),
            ("Messages", f"{len(found.messages)}" + (f", ● {found.unread} new" if found.unread else "")),
            ("State", ", ".join(state)),
            ("Attached", "to be read with d" if any(each.attachments for each in found.messages) else ""),
            ("For", f"{found.patient} at {found.portal}"),
        ),
        tuple(Section(_envelope(message), _letter(message)) for message in found.messages),
    )


def draft(found: Draft) -> Reading:
    """A message that is not sent."""
    return Reading(
        "Draft",
        found.subject or "(no subject)",
        facts(
            ("State", "○ draft, not sent"),
            ("To", words.names(found.recipients, "\n") or "nobody yet"),
            ("Category", found.category),
            ("Attached", "\n".join(map(file, found.attached))),
            ("Written on", words.full(found.changed)),
            ("For", f"{found.patient} at {found.portal}"),
        ),
        sections(("Message", found.text)),
    )


def sending(found: Draft, beginning: Beginning) -> Reading:
    """A message that is about to be sent."""
    return Reading(
        "Send this message?",
        found.subject,
        facts(
            ("To", words.names(found.recipients, "\n")),
            ("Category", found.category),
            ("Attached", "\n".join(map(file, found.attached))),
            ("For", found.patient),
            ("At", found.portal),
        ),
        sections(("Message", found.text), ("Mind", EMERGENCY if beginning.is_first else "")),
    )


def deleting(found: Draft) -> Reading:
    """A draft that is about to be deleted."""
    return Reading(
        "Delete this draft?",
        found.subject or "(no subject)",
        facts(
            ("To", words.names(found.recipients, "\n")),
            ("Undo", "Press u to bring it back, as long as this dashboard is open"),
        ),
        sections(("Message", found.text)),
    )


def file(found: Attached) -> str:
    """One attachment in words."""
    return f"{found.title} ({found.content_type}, {found.size:,} bytes)"


def _envelope(message: Message) -> str:
    sender = "You" if message.is_from_patient else message.sender or "Unknown sender"
    mark = "● new  " if message.is_unread else ""
    if message.state:
        mark = f"{states.request(message.state)}  "
    return ", ".join(filter(None, (f"{mark}{sender}", words.full(message.sent), _seen(message))))


def _seen(message: Message) -> str:
    """Whether the practice has read what the patient wrote."""
    if not message.is_from_patient or message.state:
        return ""
    if not message.is_read_there:
        return "not read yet"
    return f"read there {words.full(message.received)}" if message.received else "read there"


def _letter(message: Message) -> str:
    files = "\n".join(f"Attached: {name}" for name in message.attachments)
    return "\n\n".join(filter(None, (message.text, files))) or "(no text)"
