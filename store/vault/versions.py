"""Records as they were before their portals served them differently: kept, compressed, and bounded in number."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import zstandard

from store.light import dataclass
from store.vault import compression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

MOST = 20
"""How many earlier versions of one record are kept; the oldest give way."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier version: what it said of itself, when it gave way (seconds since 1970 UTC), and its own bytes."""

    version: str | None
    last_updated: str | None
    replaced: int
    body: bytes


def keep(tx: Transaction, places: Sequence[int]) -> None:
    """Keep records, by their primary keys, as they are now, before they are replaced."""
    now = int(time.time())
    for start in range(0, len(places), _CHUNK):
        chunk = places[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        found = tx.connection.execute(
            f"SELECT pk, connection, version, last_updated, dictionary, body FROM resource WHERE pk IN ({marks})",  # noqa: S608 - only question marks are added
            chunk,
        ).fetchall()
        kept = []
        for *row, dictionary, frame in found:
            try:
                body = tx.compressor.restore(tx.connection, dictionary, frame)
            except zstandard.ZstdError:  # what is damaged gives way to what the portal has, and is no version to keep
                continue
            kept.append((*row, now, compression.pack_quickly(body)))
        tx.connection.executemany(
            "INSERT INTO earlier_version (resource, connection, version, last_updated, replaced, body) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            kept,
        )
    tx.connection.executemany(
        "DELETE FROM earlier_version WHERE resource = ? AND pk NOT IN "
        "(SELECT pk FROM earlier_version WHERE resource = ? ORDER BY pk DESC LIMIT ?)",
        [(pk, pk, MOST) for pk in places],
    )


def of(connection: DbConnection, pk: int) -> list[Earlier]:
    """The earlier versions of one record, the latest first."""
    found = connection.execute(
        "SELECT version, last_updated, replaced, body FROM earlier_version WHERE resource IN (?) ORDER BY pk DESC",
        (pk,),
    )
    return [Earlier(version, updated, at, compression.unpack(body)) for version, updated, at, body in found]


def forget_connection(tx: Transaction, connection_id: int) -> None:
    """Remove the earlier versions of every record of a connection."""
    tx.connection.execute("DELETE FROM earlier_version WHERE connection = ?", (connection_id,))
