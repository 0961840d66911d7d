"""The outbox: what the patient asked for, frozen as it will be sent, until the portal has answered."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING

from store.errors import WrongState
from store.light import dataclass

if TYPE_CHECKING:
    from store.vault.engine import DbConnection
    from store.vault.tables import OutboxItem
    from store.vault.transaction import Transaction

COLUMNS = (
    "id", "connection", "kind", "title", "type", "request_id", "body", "state", "created", "updated", "attempts",
    "result", "reason", "focus", "interaction", "target", "version", "base", "thread", "not_before",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM outbox_item"  # noqa: S608 - our own names


class State(StrEnum):
    """Where an item stands. Only `sending` and `unknown` may have reached the portal without our knowing.

    `unknown` is one whose answer was lost, to be looked up before anything else; `conflict` a change that overlaps
    with one of the portal's own.
    """

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"


READ = "read"  # the kind of an item that tells that a message was read: a portal that will not know is not asked again
PART = "part"  # the kind of an item that goes before another one, whose id is its `focus`, and as part of it
WAITING = (State.QUEUED, State.SENDING, State.UNKNOWN)
MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.QUEUED, State.CANCELLED}),
    State.QUEUED: frozenset({State.QUEUED, State.SENDING, State.CANCELLED}),
    # back to `queued` only when it is certain that nothing came of it
    State.SENDING: frozenset({State.CONFIRMED, State.REJECTED, State.UNKNOWN, State.CONFLICT, State.QUEUED}),
    # never back to `queued`, which would forget that the portal may have it
    State.UNKNOWN: frozenset(
        {State.UNKNOWN, State.SENDING, State.CONFIRMED, State.REJECTED, State.CONFLICT, State.CANCELLED}
    ),
    State.REJECTED: frozenset({State.QUEUED, State.CANCELLED}),
    State.CONFLICT: frozenset({State.QUEUED, State.CANCELLED}),
    State.CONFIRMED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Every move there is, by the state that it begins in; `move` refuses any other."""


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

    @property
    def is_update(self) -> bool:
        """Whether it changes a record that the portal has."""
        return self.interaction == "update"


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record that the portal is to make; `request_id` is our identifier of it, and names its item. See `Item`."""

    connection: int
    request_id: str
    kind: str
    title: str
    type: str
    body: bytes
    focus: str = ""
    thread: str = ""

    def item(self, now: int) -> Item:
        """The item that has it sent."""
        return Item(
            id=self.request_id,
            connection=self.connection,
            kind=self.kind,
            title=self.title,
            type=self.type,
            request_id=self.request_id,
            body=self.body,
            state=State.QUEUED.value,
            created=now,
            updated=now,
            focus=self.focus,
            thread=self.thread,
        )


def add(tx: Transaction, item: Item, *, is_following: bool = False) -> None:
    """Put an item into the outbox; one that is following from another was allowed with that one, a draft goes nowhere.

    Raises what `check_write` of the transaction does.
    """
    if not is_following and item.state != State.DRAFT:
        tx.check_write(item.connection)
    from store.vault.tables import OutboxItem  # noqa: PLC0415 - listing the outbox must not load the ORM

    tx.session.add(OutboxItem(**{column: getattr(item, column) for column in COLUMNS}))
    tx.flush()


def move(
    tx: Transaction, item_id: str, state: State, *, reason: str = "", result: str | None = None, not_before: int = 0
) -> Item:
    """Move an item to another state and return it as it is then; one that is sent counts an attempt.

    Raises WrongState when `MOVES` has no such move.
    """
    found = _row(tx, item_id)
    if state not in MOVES[State(found.state)]:
        raise WrongState(found.state, f"become {state.value}")
    found.state, found.updated, found.reason = state.value, int(time.time()), reason
    found.attempts += state is State.SENDING
    found.result = result or found.result
    found.not_before = not_before
    return _kept(tx, found)


def rewrite(
    tx: Transaction, item_id: str, body: bytes, *, base: bytes | None = None, version: str = "", title: str = ""
) -> None:
    """Give an item another body, with `base` the version of the record that it changes, or a `title`; it begins anew.

    Raises WrongState for what may have arrived already, or is settled. A change of a record may be rewritten even if
    it may have arrived: with the version it names, one of the two that the portal gets second has no effect.
    """
    found = _row(tx, item_id)
    safe = {State.DRAFT, State.QUEUED, *((State.UNKNOWN,) if found.interaction == "update" else ())}
    if State(found.state) not in safe:
        raise WrongState(found.state, "be changed")
    found.body, found.updated, found.attempts = body, int(time.time()), 0
    if base is not None:
        found.base, found.version = base, version
    if title:
        found.title = title
    _kept(tx, found)


def _row(tx: Transaction, item_id: str) -> OutboxItem:
    from store.vault.tables import OutboxItem  # noqa: PLC0415 - as in add

    return tx.session.get_one(OutboxItem, item_id)


def _kept(tx: Transaction, row: OutboxItem) -> Item:
    tx.session.add(row)
    tx.flush()
    return Item(**{column: getattr(row, column) for column in COLUMNS})


def waiting(connection: DbConnection, connections: tuple[int, ...] | None = None) -> list[Item]:
    """What still waits for its portal's answer, oldest first; parts count with what they are part of."""
    found = items(connection, connections)
    return [item for item in found if item.state in WAITING and item.kind != PART]


def parts(connection: DbConnection, item: Item) -> list[Item]:
    """The items that go before another one and as part of it, oldest first."""
    return [each for each in items(connection, (item.connection,)) if each.kind == PART and each.focus == item.id]


def unsettled(connection: DbConnection, connection_id: int) -> list[Item]:
    """What waits for its portal or for the patient, oldest first."""
    found = connection.execute(
        f"{_SELECT} WHERE connection = ? AND state NOT IN (?, ?, ?) ORDER BY created, id",
        (connection_id, State.DRAFT, State.CONFIRMED, State.CANCELLED),
    )
    return [Item(*row) for row in found]


def results(connection: DbConnection, connection_id: int) -> frozenset[str]:
    """The records that became of items."""
    found = connection.execute(
        "SELECT result FROM outbox_item WHERE connection = ? AND result IS NOT NULL", (connection_id,)
    )
    return frozenset(result for (result,) in found)


def items(connection: DbConnection, connections: tuple[int, ...] | None = None) -> list[Item]:
    """Every item, of connections or of the whole vault, oldest first."""
    where = "" if connections is None else f" WHERE connection IN ({','.join('?' * len(connections))})"
    found = connection.execute(f"{_SELECT}{where} ORDER BY created, id", connections or ())
    return [Item(*row) for row in found]
