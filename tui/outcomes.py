"""What became of something that was sent, in one sentence; what rests in the outbox has not failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import ConflictsWaiting
from store.people_errors import RightEnded
from tui import states

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
        return f"{words[:1].upper()}{words[1:]}. It waits in the outbox, and goes out once the right is renewed."
    except ConflictsWaiting:
        return "The portal has changed the same thing meanwhile. It waits for you: press g, then k."


def became(*rows: OutboxRow) -> str:
    """What became of items of the outbox: of each different fate, once."""
    return "\n".join(dict.fromkeys(map(_became, rows)))


def _became(row: OutboxRow) -> str:
    match str(row.state):
        case "confirmed":
            return f"{row.portal} has it."
        case "cancelled":
            return f"It is given up.{f' {row.reason[:1].upper()}{row.reason[1:]}.' if row.reason else ''}"
        case state:
            return states.meaning(state) or f"It is {state}."


def for_whom(client: Client, portal: str) -> str:
    """For whom something is, and where, as a form says it."""
    return f"For {client.people.of(portal).patient} at {portal}."
