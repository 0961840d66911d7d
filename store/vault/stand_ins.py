"""Stand-ins for what is lost, so that what needs it can be kept: connections, and dictionaries by their copies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store.vault import checks, compression

if TYPE_CHECKING:
    from store.vault.engine import DbConnection


_OWNED = ("outbox_item", "change_conflict", "reminder_rule", "reminder_delivery", "resource")


def for_connections(connection: DbConnection) -> None:
    """Make a connection without address or tokens for what belongs to one that is gone; nothing else is made up."""
    for name in ("sync_state", "quarantine", "earlier_version"):
        connection.execute(f"DELETE FROM {name} WHERE connection NOT IN (SELECT id FROM connection)")  # noqa: S608 - our own
    used = " UNION ".join(f"SELECT connection FROM {name}" for name in _OWNED)  # noqa: S608 - our own
    missing = connection.execute(f"{used} EXCEPT SELECT id FROM connection").fetchall()  # noqa: S608 - our own words
    empty = compression.pack(b"{}")
    for (number,) in missing:
        connection.execute(
            "INSERT INTO connection (id, name, base_url, client_id, scope, patient, patient_name, fhir_user, "
            "access_expires, smart, capability, created) VALUES (?, ?, '', '', '', '', '', '', 0, ?, ?, ?)",
            (number, f"lost-{number}", empty, empty, int(time.time())),
        )


def for_dictionaries(connection: DbConnection) -> None:
    """Put a dictionary's copy in its place where it is lost or cannot be used, and a copy where that is lost."""
    names = "dictionary", "dictionary_copy"
    usable = {name: checks.usable_dictionaries(connection, name) for name in names}
    for name, other in (names, names[::-1]):
        for number in usable[other] - usable[name]:
            sql = f"INSERT OR REPLACE INTO {name} SELECT * FROM {other} WHERE id = ?"  # noqa: S608 - our own names
            connection.execute(sql, (number,))
