"""What was listed last, so that a number of that list can be named afterwards; it is kept in the vault alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction


def remember(tx: Transaction, what: str, content: str) -> None:
    """Keep what was listed of something, in place of what was before."""
    tx.connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_name(what), content),
    )


def recall(connection: DbConnection, what: str) -> str:
    """What was listed last of something, or nothing."""
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (_name(what),)).fetchone()
    return str(row[0]) if row else ""


def _name(what: str) -> str:
    return f"shown_{what}"
