"""What a vault answers to whoever reads it, in each of the ways in which it is read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from store.errors import PortalError, VaultDamaged
from store.services.export_orders import Order
from store.vault import outbox, reading
from tests.support.faults import RECORDS, body, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from store.config import Settings

_SHOWN = range(0, RECORDS, 3)  # of the records; those beside each other lie on the same pages


def tried(settings: Settings, key: bytes, read: Callable[[Client], object]) -> object:
    """What a read of a vault that is opened for it gives, or the error that it ends in; others are not caught."""
    try:
        with opened(settings, key) as client:
            return read(client)
    except PortalError as error:
        return type(error)


def show(number: int) -> Callable[[Client], object]:
    return lambda client: client.records.show(f"Observation/record-{number}").fhir


def find(number: int) -> Callable[[Client], object]:
    return lambda client: [row.title for row in client.records.search(f"word{number}").items]


def waiting(client: Client) -> object:
    with client.vault.reading() as connection:
        return outbox.items(connection)


def portals(client: Client) -> object:
    return list(client.portals.list())


def aside(client: Client) -> object:
    """What a sync finds out besides records, what it replaces, and what there is to be reminded of."""
    found_out = ("absence", "quarantine", "change_conflict", "attachment", "attachment_part", "sync_state")
    names = (*found_out, "earlier_version", "reminder_rule", "reminder_delivery")
    with client.vault.reading() as connection:
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - our own names


def listed(client: Client) -> object:
    found = client.records.list()
    return found.total, sorted(str(row.id) for row in found.items)


def stored(client: Client) -> object:
    with client.vault.reading() as connection:
        return {row.id: found for row, found in reading.records(client.vault, connection, reading.Filter())}


def is_sound(client: Client) -> object:
    return all(part.is_sound for part in client.checks.run())


def exported(client: Client) -> object:
    """What an export has handed on by the time it ends, or breaks off: nothing but records as they are."""
    stream = io.BytesIO()
    try:
        client.exports.to_stream(Order("ndjson"), stream)
    except VaultDamaged:
        given = stream.getvalue().splitlines()
        assert set(given) <= {body(number) for number in range(RECORDS)}
        raise
    return sorted(stream.getvalue().splitlines())


def answers() -> list[Callable[[Client], object]]:
    """Every way to read, each of its own record where it reads one."""
    named = [aside, waiting, portals, listed, exported, stored]
    return [*map(show, _SHOWN), *map(find, range(0, RECORDS, 10)), *named]
