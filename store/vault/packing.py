"""Packing a vault that holds enough to learn from: bodies with a dictionary of its own, the file without gaps."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from store.errors import StorageFailed, VaultBusy

if TYPE_CHECKING:
    from store.vault.vault import Vault

_WORTH = 10  # gaps are closed where at least one record in so many was packed; it rewrites the whole file


def pack(vault: Vault) -> None:
    """Pack what a sync has brought. Nearly always there is nothing to do."""
    with vault.transaction() as tx:
        tx.compressor.train_if_due(tx.connection)
        packed = tx.compressor.recompress(tx.connection)
        if not packed:
            return
        tx.connection.execute("INSERT INTO resource_fts (resource_fts) VALUES ('optimize')")
        count = int(tx.connection.execute("SELECT count(*) FROM resource").fetchone()[0])
    if packed * _WORTH < count:
        return
    with suppress(StorageFailed, VaultBusy), vault.quiet() as connection:  # gaps are no harm, and filled in time
        connection.execute("VACUUM")
