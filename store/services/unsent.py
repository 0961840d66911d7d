"""What is not at its portal yet, beside what is: records to be made, changes of others, messages and drafts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.records import messages
from store.records.text import sanitize
from store.vault import outbox
from store.vault.outbox import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.messages import Message
    from store.services.outbox_rows import OutboxRow
    from store.vault.engine import DbConnection
    from store.vault.outbox import Item

IN_DOUBT = frozenset({State.SENDING, State.UNKNOWN})
"""States of what may have arrived or not."""
_THERE_OR_GIVEN_UP = frozenset({State.CONFIRMED.value, State.CANCELLED.value})


def written(connection: DbConnection, connections: tuple[int, ...]) -> Iterator[tuple[int, Message]]:
    """Each message that somebody wrote and no portal has, with its connection; its id is that of its request.

    It is of the conversation that it answers in, or begins one of its own.
    """
    for item in new_records(connection, connections, "Communication"):
        yield item.connection, _message(item)


def new_records(connection: DbConnection, connections: tuple[int, ...], type_name: str) -> Iterator[Item]:
    """The records of a type that a portal is to make and has not confirmed, oldest first."""
    for item in _open(connection, connections, type_name):
        if not item.is_update and item.kind != outbox.PART:
            yield item


def changes(connection: DbConnection, connections: tuple[int, ...], type_name: str) -> Iterator[Item]:
    """The changes of records of a type that a portal has not confirmed, oldest first."""
    return (item for item in _open(connection, connections, type_name) if item.is_update)


def is_shown(item: Item | OutboxRow) -> bool:
    """Whether an item is told of by itself: parts only while in doubt, and what was read only until it is told."""
    if item.kind == outbox.PART:
        return str(item.state) in IN_DOUBT
    return not (item.kind == outbox.READ and str(item.state) in _THERE_OR_GIVEN_UP)


def _open(connection: DbConnection, connections: tuple[int, ...], type_name: str) -> Iterator[Item]:
    for item in outbox.items(connection, connections):
        if item.type == type_name and item.state not in _THERE_OR_GIVEN_UP:
            yield item


def _message(item: Item) -> Message:
    # Deferred: whoever asks only what waits reads no record.
    from store.records.lossless import decode  # noqa: PLC0415

    found = messages.read({**decode(item.body), "id": item.id})
    is_first = found.thread.startswith("urn:")
    return replace(found, thread=found.id if is_first else found.thread, state=sanitize(item.state), is_header=False)
