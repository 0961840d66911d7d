"""Messages that are made of several requests: files and the header of a conversation go before the message itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import incoming, message_writes
from store.records.lossless import decode, encode
from store.records.text import one_line
from store.vault import conflicts, outbox, resources
from store.vault.outbox import State

if TYPE_CHECKING:
    from store.vault.outbox import Item
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

KIND = "message"
READ = "read"  # that a message was read: a portal that will not know is not asked again


def is_open(item: Item) -> bool:
    """Whether a message waits for what the portal makes of its parts."""
    return item.kind == KIND and bool(message_writes.awaited(decode(item.body)))


def settle(vault: Vault, owner: ConnectionRow) -> int:
    """Do what follows from what became of the parts of messages; gives for how many there was something to do."""
    with vault.reading() as connection:
        items = outbox.unsettled(connection, owner.id)
        known = {item.id: item for item in outbox.items(connection, (owner.id,))} if items else {}
    done = 0
    for item in items:
        if item.kind == READ and item.state in {State.REJECTED, State.CONFLICT}:
            with vault.transaction() as tx:
                _drop_read(tx, item)
        elif item.state == State.QUEUED and item.kind == KIND:
            with vault.transaction() as tx:
                done += _advance(tx, item, known)
                _drop(tx, item.id)
    return done


def _advance(tx: Transaction, item: Item, known: dict[str, Item]) -> bool:
    body = decode(item.body)
    parts = {name: known[name] for name in message_writes.awaited(body) if name in known}
    results = {part.id: str(part.result) for part in parts.values() if part.state == State.CONFIRMED and part.result}
    changed = message_writes.linked(body, results)
    for part in parts.values():
        if part.state not in {State.REJECTED, State.CANCELLED}:
            continue
        if part.type != "Communication":
            _refuse(tx, item, part)
            return True
        changed.pop("partOf", None)  # a portal without headers takes messages that stand alone
    if changed == body:
        return False
    outbox.rewrite(tx, item.id, encode(changed))
    return True


def _drop(tx: Transaction, item_id: str) -> None:
    """Give up parts that a message waits for no more, as it was changed since."""
    item = next(each for each in outbox.items(tx.connection) if each.id == item_id)
    awaited = message_writes.awaited(decode(item.body))
    for part in outbox.parts(tx.connection, item):
        if part.id not in awaited and State.CANCELLED in outbox.MOVES[State(part.state)]:
            outbox.move(tx, part.id, State.CANCELLED, reason=part.reason)


def _drop_read(tx: Transaction, item: Item) -> None:
    """Leave it at a message being read here; where the portal has changed it meanwhile, its version holds."""
    for conflict in conflicts.of_item(tx.connection, item.id):
        if record := incoming.decode(conflict.theirs):
            resources.store(tx, conflict.connection, [record])
        conflicts.close(tx, conflict.id, "theirs")
    outbox.move(tx, item.id, State.CANCELLED, reason="the portal does not want to know")


def _refuse(tx: Transaction, item: Item, part: Item) -> None:
    """A message does not go without what is attached to it."""
    outbox.move(tx, item.id, State.SENDING)
    outbox.move(tx, item.id, State.REJECTED, reason=one_line(f"{part.title}: {part.reason or part.state}"))
