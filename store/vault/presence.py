"""What lies at the vault's place before anybody opens it: a vault or none, its header, and who may touch it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from store.errors import NoVault, VaultBusy, VaultDamaged
from store.vault import files, folders, header, locks, whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.vault.header import Header

T = TypeVar("T")

SHARE_SECONDS = 30  # a rotation or a restore may take that long
ALONE_SECONDS = 10


def look(settings: Settings) -> Header:
    """The header of the vault, after a look at what lies there.

    Raises NoVault, VaultDamaged, VaultNewer, VaultUnsafe, VaultErased, StorageFailed.
    """
    with files.refusals(settings.vault_dir):
        _finish_exchange(settings)
        return found(settings)


def _finish_exchange(settings: Settings) -> None:
    """Put a vault in its place whose exchange was interrupted; others who do so at this moment will not be long."""
    if whereabouts.is_ready(settings):
        with contextlib.suppress(VaultBusy):
            alone(settings, folders.tidy, SHARE_SECONDS)


def found(settings: Settings) -> Header:
    """The header of the vault as it lies there, with a share of its lock held. Raises as `look` does."""
    if not whereabouts.exists(settings):
        raise NoVault(settings.vault_dir)
    if settings.header_path.exists():
        files.check_private(settings.vault_dir)
        files.check_private(settings.header_path)
        read = header.read(settings.header_path)  # first: one that was erased has no database any more
    for path in (settings.header_path, settings.database_path):
        if not path.exists():
            raise VaultDamaged(path, "it is missing")
    files.check_private(settings.database_path)
    return read


def share(settings: Settings) -> locks.Hold:
    """A share of the vault's lock, with whatever was interrupted finished or swept away before."""
    if not folders.is_tidy(settings):
        # while others have the vault open, only remains lie there, and they can wait
        with contextlib.suppress(VaultBusy):
            alone(settings, folders.tidy, SHARE_SECONDS if whereabouts.is_ready(settings) else 0)
    if not settings.lock_path.parent.is_dir():
        return locks.Hold(None)
    return locks.share(settings.lock_path, SHARE_SECONDS)


def alone(settings: Settings, work: Callable[[Settings], T], seconds: float = ALONE_SECONDS) -> T:
    """Do something to the vault's files while nobody has it open. Raises VaultBusy, StorageFailed."""
    with files.refusals(settings.vault_dir), locks.alone(settings.lock_path, seconds):
        return work(settings)
