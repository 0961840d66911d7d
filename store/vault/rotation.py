"""A new vault key: the vault is copied under it beside its place, compared, and exchanged for the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import failpoints
from store.vault import attempts, audit, copying, engine, files, folders, header, keys, locks
from store.vault.presence import ALONE_SECONDS
from store.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.config import Settings
    from store.vault.header import Header


def rotate(settings: Settings, find_key: Callable[[Header], bytes], reseal: Callable[[bytes, Header], Header]) -> None:
    """Give the vault a new key; every session ends.

    `find_key` opens the old header, `reseal` makes the header of a new key from it. Nobody else may have the vault
    open. An interruption leaves the old vault or the new one, whole. Raises VaultBusy, StorageFailed with the bytes
    that are missing, VaultDamaged when the copy differs, and what the two raise.
    """
    with files.refusals(settings.vault_dir), locks.alone(settings.lock_path, ALONE_SECONDS):
        folders.tidy(settings)
        found = header.read(settings.header_path)
        with Vault(settings, find_key(found), found.vault_id) as old, folders.building(settings) as folder:
            if not attempts.is_empty(settings):
                attempts.fold(settings, old)
            with old.transaction() as tx:
                tx.audit(audit.Entry("new vault key", "every session ends"))
            key = keys.new_key()
            database = folder / settings.database_path.name
            copying.copy(old.connection(), database, key)
            _use_log(database, key)
            header.write(folder / settings.header_path.name, reseal(key, found))
            failpoints.reach("rotation.built")
            old.close()  # before its files move away from under it
            folders.exchange(settings, folder, keeps_old=False)


def _use_log(database: Path, key: bytes) -> None:
    connection = engine.connect(database, key)
    try:
        with engine.translated(database):
            engine.prepare_new(connection)
    finally:
        connection.close()
