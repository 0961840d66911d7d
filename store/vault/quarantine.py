"""What portals served as records and could not be used: kept, named, and let go of when a good one comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.vault import compression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

_PUT = (
    "INSERT INTO quarantine (connection, type, name, why, at, body) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (connection, type, name) DO UPDATE SET why = excluded.why, at = excluded.at, body = excluded.body"
)
_MOST_BYTES = 1 << 20  # of a body that is kept; the rest of it says no more of what is wrong


@dataclass(frozen=True, slots=True)
class Unusable:
    """One thing that could not be used; see `tables.Quarantine`. `at` is in seconds since 1970 UTC."""

    connection: int
    type: str
    name: str
    why: str
    at: int


def put(tx: Transaction, found: Unusable, body: bytes) -> None:
    """Keep something that could not be used, in the place of what had its name."""
    values = (found.connection, found.type, found.name, found.why, found.at)
    tx.connection.execute(_PUT, (*values, compression.pack(body[:_MOST_BYTES])))


def release(tx: Transaction, connection_id: int, names: Iterable[str]) -> None:
    """Let go of those whose record has come, and can be used."""
    waiting = {
        name for (name,) in tx.connection.execute("SELECT name FROM quarantine WHERE connection = ?", (connection_id,))
    }
    for name in waiting.intersection(names):
        tx.connection.execute("DELETE FROM quarantine WHERE connection = ? AND name = ?", (connection_id, name))


def release_others(tx: Transaction, connection_id: int, type_name: str, names: Iterable[str]) -> None:
    """Let go of all of `type_name` but those of these names: what a search brought once, and brings no more."""
    stored = tx.connection.execute(
        "SELECT name FROM quarantine WHERE connection = ? AND type = ?", (connection_id, type_name)
    )
    for name in {name for (name,) in stored}.difference(names):
        tx.connection.execute(
            "DELETE FROM quarantine WHERE connection = ? AND type = ? AND name = ?", (connection_id, type_name, name)
        )


def load(connection: DbConnection, connection_id: int) -> list[Unusable]:
    """Everything of a connection that could not be used, in order of types and names."""
    rows = connection.execute(
        "SELECT connection, type, name, why, at FROM quarantine WHERE connection = ? ORDER BY type, name",
        (connection_id,),
    )
    return [Unusable(*row) for row in rows]
