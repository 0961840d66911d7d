"""Contents of documents, kept in parts: of any size, and never whole in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.vault.transaction import Transaction


def forget_connection(tx: Transaction, connection_id: int) -> None:
    """Remove every attachment of a connection."""
    mine = "SELECT id FROM attachment WHERE connection = ?"
    tx.connection.execute(f"DELETE FROM attachment_part WHERE attachment IN ({mine})", (connection_id,))  # noqa: S608 - our own words
    tx.connection.execute("DELETE FROM attachment WHERE connection = ?", (connection_id,))
