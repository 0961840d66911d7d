"""What happens once a key opens the vault: an older one is brought up to date, and the trail learns of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from store.errors import AuditBroken, StorageFailed, VaultBusy, VaultDamaged
from store.vault import attempts, audit, engine, files, locks, migrations, slots

if TYPE_CHECKING:
    from store.config import Settings
    from store.vault.vault import Vault


def make_current(settings: Settings, vault: Vault) -> None:
    """Bring an older vault to the latest schema, with a backup of it made before."""
    with engine.translated(settings.database_path):
        found = migrations.current(vault.connection())
        if found == 0:  # never taken for a new one, and never filled anew
            raise VaultDamaged(settings.database_path, "it is empty")
        if found == migrations.LATEST:
            return
        migrations.check(found, settings.database_path)
        if vault.is_read_only:
            files.check_room(settings.database_path, engine.ROOM)
            raise StorageFailed(settings.database_path, "it has to be brought up to date, and can only be read")
        with locks.turn(settings.vault_dir):
            if migrations.current(vault.connection()) == found:  # nobody else has done it while we waited
                from store.vault import backup  # noqa: PLC0415 - once in the life of a release

                backup.before_migration(settings, vault)
                migrations.migrate(vault.connection(), settings.database_path, vault.key)


def write_down(settings: Settings, vault: Vault) -> None:
    """Write down that the vault was opened, and who failed to open it before."""
    if vault.opened_by == slots.SESSION:
        return
    with contextlib.suppress(VaultDamaged, AuditBroken):  # a damaged vault has to open to be checked and mended
        vault.note(audit.Entry("unlock", vault.opened_by))
        if vault.is_read_only:
            return
        with contextlib.suppress(StorageFailed, VaultBusy):  # they stay where they are until it can be done
            if not attempts.is_empty(settings):
                attempts.fold(settings, vault)
