"""Requests that name what becomes of others before them: each is completed when those are at the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records.coverages import LATER
from store.records.lossless import decode, encode
from store.records.text import Safe, one_line
from store.sync.ledger import Sent
from store.vault import outbox
from store.vault.outbox import State

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.vault.outbox import Item
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_NAMES = ("DocumentReference",)


def complete(vault: Vault, owner: ConnectionRow, item: Item) -> Item | Sent | None:
    """An item with what became of the ones that it names in their place.

    What has to wait for one of them is told as such; None is for when one of them was given up.
    """
    if item.type not in _NAMES or item.state != State.QUEUED or LATER.encode() not in item.body:
        return item
    with vault.reading() as connection:
        known = {each.id: each for each in outbox.items(connection, (owner.id,))}
    body = decode(item.body)
    for attachment in _attachments(body):
        before = known.get(str(attachment["url"]).removeprefix(LATER))
        if before is None:
            continue
        if before.state != State.CANCELLED and not before.result:
            return Sent(one_line(item.title), State.QUEUED, Safe("it waits for what is part of it"), is_waiting=True)
        if before.state == State.CANCELLED:
            with vault.transaction() as tx:
                outbox.move(tx, item.id, State.SENDING)
                outbox.move(tx, item.id, State.REJECTED, reason="a picture that belongs to it was given up")
            return None
        attachment["url"] = before.result
    with vault.transaction() as tx:
        outbox.rewrite(tx, item.id, encode(body))
        return next(each for each in outbox.items(tx.connection, (owner.id,)) if each.id == item.id)


def _attachments(document: Json) -> list[Json]:
    content = document.get("content")
    found = [one.get("attachment") for one in content if isinstance(one, dict)] if isinstance(content, list) else []
    return [one for one in found if isinstance(one, dict) and str(one.get("url", "")).startswith(LATER)]
