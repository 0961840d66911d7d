"""What became of something that was sent, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import ConflictsWaiting
from store.people_errors import RightEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from store.services.outbox_rows import OutboxRow


def told(send: Callable[[], str]) -> str:
    """What came of sending something; where it rests in the outbox all the same, that is told and is no failure."""
    try:
        return send()
    except RightEnded as error:
        words = str(error)
        return f"{words[:1].upper()}{words[1:]}. It waits here, and goes out once the right is renewed."
    except ConflictsWaiting:
        return "The portal has changed the same thing meanwhile: it waits in the outbox for your decision."


def became(row: OutboxRow) -> str:
    """What became of an item of the outbox."""
    match str(row.state):
        case "confirmed":
            return f"{row.portal} has it."
        case "unknown":
            return "The portal's answer was lost. The next sync looks whether it has arrived."
        case "queued" | "sending":
            return "It waits here. The next sync sends it, once, when the portal can be reached."
        case state:
            return f"It rests in the outbox ({state})."


def check_whose(client: Client, portal: str) -> None:
    """Make sure that something may be written for whom a connection is. Raises OtherPatient."""
    if doubt := client.writes.doubt(portal):
        raise doubt.error()
