"""Changes of records that their portal has not confirmed, for showing them on the records already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records.lossless import decode
from store.records.text import Safe, one_line, sanitize
from store.vault import outbox, reading
from store.vault.outbox import State

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.vault.engine import DbConnection
    from store.vault.outbox import Item

_OVER = frozenset({State.CONFIRMED.value, State.CANCELLED.value, State.DRAFT.value})
_ANSWER = "participantStatus"


@dataclass(frozen=True)
class Unsent:
    """What was asked of one record (`target`, `Type/id`) at one portal, and where that stands in the outbox.

    `becomes` is the status that the record would have, or the answer that is given; empty where neither is said.
    `kind` is that of the item: `change`, `answer`, `reschedule`, … and `id` its own.
    """

    id: Safe
    target: Safe
    portal: Safe
    kind: Safe
    becomes: Safe
    state: Safe


def unsent(connection: DbConnection, connections: tuple[int, ...]) -> tuple[Unsent, ...]:
    """Everything that was asked of records and is not settled, oldest first."""
    names = {owner.id: one_line(owner.name) for owner in reading.owners(connection)}
    found = [item for item in outbox.items(connection, connections) if item.state not in _OVER]
    return tuple(
        Unsent(
            id=sanitize(item.id),
            target=sanitize(item.target or item.focus),
            portal=names[item.connection],
            kind=sanitize(item.kind),
            becomes=sanitize(_becomes(item)),
            state=sanitize(item.state),
        )
        for item in found
        if item.kind != outbox.PART and (item.target or item.focus)
    )


def _becomes(item: Item) -> str:
    body: Json = decode(item.body)
    if not item.is_update:
        return str(body.get(_ANSWER) or "")
    before: Json = decode(item.base) if item.base else {}
    return str(body.get("status") or "") if body.get("status") != before.get("status") else ""
