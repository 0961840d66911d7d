"""Records of each noun of the home, for reading at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import words
from tui.reading import Reading, Section, facts

if TYPE_CHECKING:
    from store.client import Client
    from store.records.messages import Message


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


def _envelope(message: Message) -> str:
    sender = "You" if message.is_from_patient else message.sender or "Unknown sender"
    mark = "● new  " if message.is_unread else ""
    return f"{mark}{sender}, {words.full(message.sent)}".rstrip(", ")


def _letter(message: Message) -> str:
    files = "\n".join(f"Attached: {name}" for name in message.attachments)
    return "\n\n".join(filter(None, (message.text, files))) or "(no text)"
