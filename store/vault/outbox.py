"""The outbox: what the patient asked for, frozen as it will be sent, until the portal has answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

COLUMNS = (
    "id", "connection", "kind", "title", "type", "request_id", "body", "state", "created", "updated", "attempts",
    "result", "reason", "focus", "interaction", "target", "version", "base", "thread", "not_before",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM outbox_item"  # noqa: S608 - our own names


class State(StrEnum):
    """Where an item stands: `unknown` is one whose answer was lost, to be looked up before it is sent again."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"


WAITING = (State.QUEUED, State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the outbox; see `tables.OutboxItem`. Times are in seconds since 1970 UTC."""

    id: str
    connection: int
    kind: str
    title: str
    type: str
    request_id: str
    body: bytes
    state: str
    created: int
    updated: int
    attempts: int = 0
    result: str | None = None
    reason: str = ""
    focus: str = ""
    interaction: str = "create"
    target: str = ""
    version: str = ""
    base: bytes = b""
    thread: str = ""
    not_before: int = 0


def add(tx: Transaction, item: Item) -> None:
    """Put an item into the outbox."""
    from store.vault.tables import OutboxItem  # noqa: PLC0415 - listing the outbox must not load the ORM

    tx.session.add(OutboxItem(**{column: getattr(item, column) for column in COLUMNS}))
    tx.flush()


def move(tx: Transaction, item_id: str, state: State, *, reason: str = "", result: str | None = None) -> None:
    """Move an item to another state; one that is sent counts an attempt."""
    from store.vault.tables import OutboxItem  # noqa: PLC0415 - as in add

    found = tx.session.get_one(OutboxItem, item_id)
    found.state, found.updated, found.reason = state.value, int(time.time()), reason
    found.attempts += state is State.SENDING
    found.result = result or found.result
    tx.session.add(found)
    tx.flush()


def waiting(connection: DbConnection, connection_id: int | None = None) -> list[Item]:
    """What still waits for its portal's answer, oldest first."""
    found = items(connection, connection_id)
    return [item for item in found if item.state in WAITING]


def items(connection: DbConnection, connection_id: int | None = None) -> list[Item]:
    """Every item, oldest first."""
    if connection_id is None:
        found = connection.execute(f"{_SELECT} ORDER BY created, id")
    else:
        found = connection.execute(f"{_SELECT} WHERE connection = ? ORDER BY created, id", (connection_id,))
    return [Item(*row) for row in found]
