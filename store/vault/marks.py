"""What the patient has done about records here and nowhere else: marks by connection, kept in the vault."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction


class Mark(StrEnum):
    """What a mark says: that a message was read, or a conversation put away."""

    READ = "read"
    ARCHIVED = "archived"


def put(tx: Transaction, mark: Mark, connection_id: int, record_id: str, at: int) -> None:
    """Mark a record; `at` is in seconds since 1970 UTC."""
    tx.connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (f"{_prefix(mark, connection_id)}{record_id}", str(at)),
    )


def remove(tx: Transaction, mark: Mark, connection_id: int, record_id: str) -> None:
    """Take a mark away again."""
    tx.connection.execute("DELETE FROM setting WHERE name = ?", (f"{_prefix(mark, connection_id)}{record_id}",))


def load(connection: DbConnection, mark: Mark, connection_id: int) -> dict[str, int]:
    """The records of a connection that have a mark, and since when."""
    prefix = _prefix(mark, connection_id)
    found = connection.execute("SELECT name, value FROM setting WHERE substr(name, 1, ?) = ?", (len(prefix), prefix))
    return {str(name).removeprefix(prefix): int(value) for name, value in found}


def _prefix(mark: Mark, connection_id: int) -> str:
    return f"mark_{mark.value}_{connection_id}_"
