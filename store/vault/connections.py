"""Writing connections: where a patient signs in, and the tokens that came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlmodel import col, delete, select

from store.vault import attachments, looks, refill_steps, reminders, resources
from store.vault.tables import Conflict, Connection, OutboxItem, Quarantine, SyncState

if TYPE_CHECKING:
    from store.vault.transaction import Transaction


@dataclass(frozen=True)
class SignedIn:
    """What a successful sign-in leaves behind. `access_expires` is in seconds since 1970 UTC."""

    name: str
    base_url: str
    client_id: str
    redirect_uri: str | None
    scope_requested: str | None
    scope: str
    patient: str
    fhir_user: str
    access_expires: int
    smart: bytes
    capability: bytes
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


def save(tx: Transaction, signed_in: SignedIn) -> int:
    """Save a sign-in: on the connection of that portal, patient and user, or on a new one. Returns its id.

    A portal need not say who signs in; where one of the two does not, they are taken for the same.
    """
    known = tx.session.exec(
        select(Connection)
        .where(Connection.base_url == signed_in.base_url, Connection.patient == signed_in.patient)
        .order_by(col(Connection.id))
    ).all()
    same = [one for one in known if one.fhir_user == signed_in.fhir_user]
    found = next(iter(same or [one for one in known if not (one.fhir_user and signed_in.fhir_user)]), None)
    now = int(time.time())
    connection = found or Connection(
        name=_free_name(tx, signed_in.name),
        base_url=signed_in.base_url,
        client_id=signed_in.client_id,
        created=now,
    )
    connection.client_id = signed_in.client_id
    connection.redirect_uri = signed_in.redirect_uri
    connection.scope_requested = signed_in.scope_requested
    connection.scope = signed_in.scope
    connection.patient = signed_in.patient
    connection.fhir_user = signed_in.fhir_user
    connection.access_token = signed_in.access_token
    connection.access_expires = signed_in.access_expires
    connection.refresh_token = signed_in.refresh_token
    connection.smart = signed_in.smart
    connection.capability = signed_in.capability
    connection.signed_in = now
    tx.session.add(connection)
    tx.flush()
    return int(connection.id or 0)


def save_imported(tx: Transaction, name: str, base_url: str, patient: str) -> int:
    """Save where the records of a patient came from that were in a file, unless it is known. Returns its id.

    `base_url` is what stands for the file; see `store.records.source`.
    """
    found = tx.session.exec(
        select(Connection).where(Connection.base_url == base_url, Connection.patient == patient)
    ).first()
    if found is None:
        found = Connection(
            name=_free_name(tx, name), base_url=base_url, client_id="", patient=patient, created=int(time.time())
        )
        tx.session.add(found)
        tx.flush()
    return int(found.id or 0)


def _free_name(tx: Transaction, wanted: str) -> str:
    taken = set(tx.session.exec(select(Connection.name)))
    number, name = 2, wanted
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def update_tokens(
    tx: Transaction, connection_id: int, access_token: str, expires: int, refresh_token: str | None
) -> None:
    """Store new tokens; a refresh token of None keeps the one there is."""
    connection = tx.session.get_one(Connection, connection_id)
    connection.access_token = access_token
    connection.access_expires = expires
    if refresh_token:
        connection.refresh_token = refresh_token
    tx.session.add(connection)


def update_scope(tx: Transaction, connection_id: int, scope: str) -> None:
    """Remember what a portal allows from now on."""
    connection = tx.session.get_one(Connection, connection_id)
    connection.scope = scope
    tx.session.add(connection)


def drop_tokens(tx: Transaction, connection_id: int) -> None:
    """Forget the tokens of a connection; its records stay."""
    connection = tx.session.get_one(Connection, connection_id)
    connection.access_token, connection.refresh_token, connection.access_expires = None, None, 0
    tx.session.add(connection)


def update_capability(tx: Transaction, connection_id: int, capability: bytes) -> None:
    """Remember the portal's CapabilityStatement as it serves it now."""
    connection = tx.session.get_one(Connection, connection_id)
    connection.capability = capability
    tx.session.add(connection)


def name_patient(tx: Transaction, connection_id: int, name: str) -> None:
    """Remember the patient's name for lists and confirmations."""
    connection = tx.session.get_one(Connection, connection_id)
    connection.patient_name = name
    tx.session.add(connection)


def mark_synced(tx: Transaction, connection_id: int, at: int) -> None:
    """Remember when the connection was last in step with its portal."""
    connection = tx.session.get_one(Connection, connection_id)
    connection.synced = at
    tx.session.add(connection)


def remove(tx: Transaction, connection_id: int) -> None:
    """Remove a connection with all its records."""
    resources.forget_connection(tx, connection_id)
    looks.forget_connection(tx, connection_id)
    attachments.forget_connection(tx, connection_id)
    reminders.forget_connection(tx, connection_id)
    refill_steps.forget_connection(tx, connection_id)
    for table in (SyncState, Quarantine, Conflict, OutboxItem):
        tx.session.exec(delete(table).where(col(table.connection) == connection_id))
    tx.session.delete(tx.session.get_one(Connection, connection_id))
