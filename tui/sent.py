"""What became of something that was sent, in one sentence; what rests in the outbox has not failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import ConflictsWaiting
from store.people_errors import RightEnded
from tui import states

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.services.outbox_rows import OutboxRow


def told(send: Callable[[], OutboxRow]) -> str:
    """Send something and tell what came of it; where it rests in the outbox all the same, that is told."""
    return told_all(lambda: (send(),))


def told_all(send: Callable[[], Sequence[OutboxRow]]) -> str:
    """As `told`, of something that takes several requests: of each different fate, once."""
    try:
        return "\n".join(dict.fromkeys(map(became, send())))
    except RightEnded as error:
        words = str(error)
        return f"{words[:1].upper()}{words[1:]}. It waits in the outbox, and goes out once the right is renewed."
    except ConflictsWaiting:
        return "The portal has changed the same thing meanwhile. It waits for you: press g, then k."


def became(row: OutboxRow) -> str:
    """What became of an item of the outbox."""
    match str(row.state):
        case "confirmed":
            return f"{row.portal} has it."
        case "cancelled":
            return f"It is given up.{f' {row.reason[:1].upper()}{row.reason[1:]}.' if row.reason else ''}"
        case state:
            return states.meaning(state) or f"It is {state}."
