"""Packing a vault: bodies with a dictionary of its own, a file without gaps, a search index in few parts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from store.errors import StorageFailed, VaultBusy

if TYPE_CHECKING:
    from store.vault.vault import Vault

_WORTH = 10  # gaps are closed where at least one record in so many was packed; it rewrites the whole file
_PAGES_AT_ONCE = 1_000  # of the search index, joined in one transaction: about a tenth of a second
_MERGE = "INSERT INTO resource_fts (resource_fts, rank) VALUES ('merge', ?)"


def pack(vault: Vault) -> None:
    """Pack what a sync has brought. Nearly always there is nothing to do."""
    while _join_parts(vault):
        pass
    _pack_bodies(vault)


def _pack_bodies(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.compressor.train_if_due(tx.connection)
        packed = tx.compressor.recompress(tx.connection)
        if not packed:
            return
        count = int(tx.connection.execute("SELECT count(*) FROM resource").fetchone()[0])
    if packed * _WORTH < count:
        return
    with suppress(StorageFailed, VaultBusy), vault.quiet() as connection:  # gaps are no harm, and filled in time
        connection.execute("VACUUM")


def _join_parts(vault: Vault) -> bool:
    """Join some parts of the search index: each write adds one, and a search looks into all. Whether any was joined.

    FTS5 joins four or more of about one size, so that each row is written anew a few times in the life of a vault.
    """
    with vault.transaction() as tx:
        before = int(tx.connection.total_changes)
        tx.connection.execute(_MERGE, (_PAGES_AT_ONCE,))
        return int(tx.connection.total_changes) - before > 1  # the statement itself counts as one
