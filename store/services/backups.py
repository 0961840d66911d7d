"""Backups of the vault, and putting one back."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Protocol

from store.errors import VaultError
from store.vault import backup, files, folders, header, presence
from store.vault import vault as vaults
from store.vault.audit import Entry
from store.vault.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from store.vault.backup import Restored


class Door(Protocol):
    """What this needs of the client."""

    settings: Settings

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault."""

    @property
    def vault(self) -> Vault:
        """The vault, opened."""

    def passphrase(self) -> bytes:
        """The passphrase."""

    def close(self) -> None:
        """Lock the vault."""


class Backups:
    """Backups of one vault."""

    def __init__(self, client: Door) -> None:
        self._client = client
        self._settings = client.settings

    def write(self, target: Path, *, with_tokens: bool = False, replaces: bool = False) -> int:
        """Write a backup to a file and read it back; returns its size in bytes. The vault may be in use meanwhile.

        The passphrase and recovery code of today open it. Sign-ins are left out unless `with_tokens`. Raises
        FileInTheWay, StorageFailed with the bytes that are missing.
        """
        return backup.write(self._settings, self._client.vault, target, with_tokens=with_tokens, replaces=replaces)

    def restore(self, file: Path) -> Restored:
        """Put a backup in the vault's place; the passphrase it was made under is asked for.

        A vault that is there is kept beside, under another name, and what its audit trail got since the backup is
        carried over when the same passphrase opens it. Raises VaultDamaged, WrongPassphrase, VaultBusy, NotFound.
        """
        found = backup.look(file, self._settings)  # first: what is no backup need not be asked about
        given = self._client.passphrase()
        key = header.unseal(found, given)
        self._client.close()
        files.make_private_folder(self._settings.lock_path.parent, exist_ok=True)
        done = presence.alone(self._settings, partial(self._restore, file, key, given))
        with vaults.unlock(self._settings, given) as vault:
            vault.note(Entry("restore", f"{done.carried} lines carried over"))
        return done

    def _restore(self, file: Path, key: bytes, given: bytes, settings: Settings) -> Restored:
        folders.tidy(settings)
        with folders.building(settings) as folder:
            backup.unpack(file, folder, settings)
            with contextlib.ExitStack() as stack:
                current = _opened(settings, key, given)
                restored = backup.make_ready(settings, folder, key, stack.enter_context(current) if current else None)
            return backup.put_in_place(settings, folder, restored)


def _opened(settings: Settings, key: bytes, given: bytes) -> Vault | None:
    """The vault that gives way, opened for its audit trail: with the backup's key, else with its passphrase."""
    if not settings.header_path.exists() or not settings.database_path.exists():
        return None
    with contextlib.suppress(VaultError):
        found = header.read(settings.header_path)
        with contextlib.suppress(VaultError):
            return _tried(settings, key, found.vault_id)
        return _tried(settings, header.unseal(found, given), found.vault_id)
    return None


def _tried(settings: Settings, key: bytes, vault_id: str) -> Vault:
    vault = Vault(settings, key, vault_id)
    vault.connection()
    return vault
