"""Messages as lines for people: a conversation, one that is about to be sent, and one that is not sent yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.wording import counted, labelled, moment, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.messages import Message
    from store.services.message_plans import Attached, Draft, MessagePlan
    from store.services.messages import Thread

_DRAFT = "draft"


def thread(found: Thread) -> str:
    """A conversation, oldest message first."""
    parts = ("closed" if found.is_closed else "", "put away" if found.is_archived else "", unsent(found))
    state = ", ".join(filter(None, parts))
    people = ", ".join(found.people)
    head = labelled([("Subject", found.subject), ("With", people), ("State", state), ("Id", found.id)])
    return _paragraphs(head, *(_message(message) for message in found.messages))


def unsent(found: Thread) -> str:
    """How many messages of a conversation are not at the portal yet; nothing where all are."""
    waiting = [message.state for message in found.messages if message.state and message.state != _DRAFT]
    standings = {standing(state) for state in waiting}
    words = standings.pop() if len(standings) == 1 else "not sent yet"
    drafts = counted(found.drafts, "draft") if found.drafts else ""
    return ", ".join(filter(None, (f"{len(waiting)} {words}" if waiting else "", drafts)))


def message_plan(found: MessagePlan) -> str:
    """A message that is about to be sent."""
    facts = [
        ("Do", found.action),
        ("To", "; ".join(found.recipients)),
        ("Subject", found.subject),
        ("Category", found.category),
        ("Attached", _enclosed(found.attached)),
        ("Patient", found.patient_name),
        ("Portal", found.portal),
    ]
    return _paragraphs(labelled(facts), found.text)


def draft(found: Draft) -> str:
    """A message that is not sent yet."""
    facts = [
        ("To", "; ".join(found.recipients)),
        ("Subject", found.subject),
        ("Category", found.category),
        ("Attached", _enclosed(found.attached)),
        ("Patient", found.patient),
        ("Portal", found.portal),
        ("Changed", moment(found.changed)),
        ("Id", found.id),
    ]
    return _paragraphs(labelled(facts), found.text)


def _enclosed(attached: Sequence[Attached]) -> str:
    return ", ".join(f"{file.title} ({file.content_type}, {file.size:,} bytes)" for file in attached)


def _message(message: Message) -> str:
    head = f"{moment(message.sent)}  {message.sender}{_seen(message)}"
    attached = [f"[attached: {name}]" for name in message.attachments]
    if not message.is_there:
        return "\n".join(filter(None, (head, message.text, *attached, _ways(message))))
    fetch = [f"`portal records fetch {message.id}` fetches what is attached."] if attached else []
    return "\n".join(filter(None, (head, message.text, *attached, *fetch)))


def _ways(message: Message) -> str:
    if message.state == _DRAFT:
        return f"`portal messages draft send {message.id}` sends it."
    return f"`portal outbox show {message.id}` tells the ways out."


def _seen(message: Message) -> str:
    """Whether somebody has read a message: the patient, or, of what the patient wrote, the practice."""
    if not message.is_there:
        words = standing(message.state)
        return f"  ● {words}" if message.state == _DRAFT else f"  ● {words}, not sent yet ({message.state})"
    if not message.is_from_patient:
        return "  ● unread" if message.is_unread else ""
    if not message.is_read_there:
        return "  not read yet"
    return f"  read {moment(message.received)}" if message.received else "  read"


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))
