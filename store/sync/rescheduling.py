"""Giving up an appointment for another one: the old one is cancelled only when the new one is booked."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from store.records import appointment_writes, elements
from store.records.lossless import decode, encode
from store.vault import outbox, reading
from store.vault.audit import Entry
from store.vault.outbox import Item, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.elements import Json
    from store.vault.engine import DbConnection
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

KIND = "reschedule"
_REASON = "Rescheduled"
_NAMESPACE = uuid.UUID("6c0e6f7e-2a57-4a0f-9d0c-6f5b7f0f4c11")


def queue(vault: Vault, owner: ConnectionRow) -> int:
    """Put the cancellations that are due into the outbox, each once and for good; returns how many."""
    with vault.reading() as connection:
        items = {item.id: item for item in outbox.items(connection, (owner.id,))}
        moved = [item for item in items.values() if item.kind == KIND and item.state == State.CONFIRMED]
        due = [item for item in moved if name_for(item.id) not in items]
        found = [cancellation for item in due if (cancellation := _cancellation(vault, connection, item))]
    for item in found:
        with vault.transaction() as tx:
            outbox.add(tx, item, is_following=True)
            tx.audit(
                Entry(
                    "write", f"request {item.id} for {item.target}", f"Patient/{owner.patient}", acts_as=owner.fhir_user
                )
            )
    return len(found)


def name_for(item_id: str) -> str:
    """The id of the cancellation that belongs to a reschedule; one alone, so that there is never a second."""
    return str(uuid.uuid5(_NAMESPACE, item_id))


def named(items: Iterable[Item]) -> frozenset[str]:
    """The ids of all cancellations that belong to reschedules among items.

    Such a one is made from the record as the portal has it, and so does not wait for a change of it that was refused.
    """
    return frozenset(name_for(item.id) for item in items if item.kind == KIND)


def _cancellation(vault: Vault, connection: DbConnection, item: Item) -> Item | None:
    new = _held(vault, connection, item.connection, item.result or "")
    old = _held(vault, connection, item.connection, item.focus)
    if not new or not old or decode(new).get("status") not in appointment_writes.BOOKED:
        return None
    before = decode(old)
    if before.get("status") not in appointment_writes.CAN_BE_CANCELLED:
        return None
    now, name = int(time.time()), name_for(item.id)
    return Item(
        id=name,
        connection=item.connection,
        kind="change",
        title=item.title,
        type="Appointment",
        request_id=name,
        body=encode(appointment_writes.cancelled(before, _REASON)),
        state=State.QUEUED.value,
        created=now,
        updated=now,
        interaction="update",
        target=item.focus,
        version=_version(before),
        base=old,
        thread=item.focus,
    )


def _held(vault: Vault, connection: DbConnection, owner: int, reference: str) -> bytes:
    type_name, _, record_id = reference.partition("/")
    wanted = reading.Filter(types=(type_name,), connections=(owner,), record_id=record_id, limit=1)
    found = next(reading.records(vault, connection, wanted), None) if record_id else None
    return found[1] if found else b""


def _version(resource: Json) -> str:
    version = elements.first(resource.get("meta")).get("versionId")
    return version if isinstance(version, str) else ""
