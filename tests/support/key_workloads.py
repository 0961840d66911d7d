"""Work on the vault as a whole that power cuts interrupt: its passphrase, its key, backups, and its schema."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from store.client import Client
from store.errors import NoVault, PortalError, VaultErased, WrongPassphrase
from store.vault import keys, resources, sessions
from store.vault import vault as vaults
from tests.store.vault.building import PASSPHRASE
from tests.support.workload import Workload, run_one
from tests.support.workloads import batch, check_batches, check_whole, prepare_vault, settings_in, stored

if TYPE_CHECKING:
    from store.config import Settings
    from store.vault.vault import Vault
    from tests.support.workload import Acknowledge

RELEASED = Path(__file__).resolve().parents[1] / "store" / "vault" / "released"
OTHER = "purple llama wants soup"
_BATCHES = 3


def client_in(folder: Path, passphrase: str = PASSPHRASE.decode(), new: str = OTHER) -> Client:
    """A client of the vault in a folder."""
    settings = replace(settings_in(folder), session_file=folder / "session")
    return Client(settings, lambda: passphrase, lambda: new, keys.FLOOR)


def prepare_records(folder: Path) -> None:
    """Begin with a vault that holds some records."""
    prepare_vault(folder)
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        for number in range(_BATCHES):
            with vault.transaction() as tx:
                resources.store(tx, 1, batch("a", number))


def check_records(vault: Vault) -> None:
    """Make sure that every record is there, and every page sound."""
    check_whole(vault)
    assert check_batches(stored(vault), "a", _BATCHES) == _BATCHES


def opened(settings: Settings, passphrases: tuple[str, ...]) -> tuple[Vault, str]:
    """The vault, opened with the first of some passphrases that fits, and which that is."""
    for passphrase in passphrases:
        try:
            return vaults.unlock(settings, passphrase.encode()), passphrase
        except WrongPassphrase:
            continue
    raise AssertionError("neither the old passphrase nor the new one opens the vault")


def run_passphrase(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.change_passphrase()
        acknowledge("changed")


def verify_passphrase(folder: Path, acks: tuple[str, ...]) -> None:
    vault, passphrase = opened(settings_in(folder), (PASSPHRASE.decode(), OTHER))
    with vault:
        check_records(vault)
    assert passphrase == OTHER or not acks, "the new passphrase was acknowledged, and the old one opens the vault"


def run_rotate(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.rotate()
        acknowledge("rotated")


def verify_rotate(folder: Path, acks: tuple[str, ...]) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_records(vault)
        with vault.reading() as connection:
            lines = connection.execute("SELECT count(*) FROM audit_entry WHERE action = 'new vault key'").fetchone()
    assert lines == (1,) or not acks, "the new key was acknowledged, and the old vault is there"


def run_backup(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.backups.write(folder / "a.backup")
        acknowledge("first")
        client.backups.write(folder / "a.backup", replaces=True)
        acknowledge("second")


def verify_backup(folder: Path, acks: tuple[str, ...]) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_records(vault)
    if acks or (folder / "a.backup").exists():
        with client_in(folder) as client:
            client.slots.erase()
            client.backups.restore(folder / "a.backup")
            check_records(client.vault)


def prepare_restore(folder: Path) -> None:
    """Begin with a vault, and a backup of it from before its last change."""
    prepare_records(folder)
    with client_in(folder) as client:
        client.backups.write(folder / "a.backup")
        with client.vault.transaction() as tx:
            resources.store(tx, 1, batch("b", 0))


def run_restore(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.backups.restore(folder / "a.backup")
        acknowledge("restored")


def verify_restore(folder: Path, acks: tuple[str, ...]) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_records(vault)
        is_restored = check_batches(stored(vault), "b", 0) == 0
    assert is_restored or not acks, "the restore was acknowledged, and the vault is the one before it"
    if is_restored:
        assert list((folder / "home").glob("vault.replaced-*")), "the vault that gave way is gone"


def prepare_migration(folder: Path) -> None:
    """Begin with a vault as the first release wrote it."""
    vault = settings_in(folder).vault_dir
    vault.parent.mkdir(mode=0o700)
    vault.mkdir(mode=0o700)
    for name in ("vault.json", "vault.db"):
        shutil.copyfile(RELEASED / "0.1.0" / name, vault / name)
        (vault / name).chmod(0o600)


def run_migration(folder: Path, acknowledge: Acknowledge) -> None:
    with vaults.unlock(settings_in(folder), PASSPHRASE):
        acknowledge("migrated")


def verify_migration(folder: Path, acks: tuple[str, ...]) -> None:
    del acks  # opening the vault migrates it, if that is still to be done
    with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
        check_whole(vault)
        assert len(stored(vault)) == 323


def run_session(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.begin_session(3600)
        acknowledge("begun")
        client.slots.end_sessions()
        acknowledge("ended")


def verify_session(folder: Path, acks: tuple[str, ...]) -> None:
    with client_in(folder) as client:
        found = sessions.under_way(client.settings, sessions.moment())
        check_records(client.vault)
    assert not found or "ended" not in acks, "a session that was ended is under way"


def run_erase(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        client.slots.erase()
        acknowledge("erased")


def verify_erase(folder: Path, acks: tuple[str, ...]) -> None:
    try:
        with vaults.unlock(settings_in(folder), PASSPHRASE) as vault:
            check_records(vault)
    except (NoVault, VaultErased):
        return
    except PortalError:
        with client_in(folder) as client:
            client.slots.erase()  # what an interruption left is finished by erasing again
        return
    assert not acks, "the vault was erased, and opens"


WORKLOADS = {
    "passphrase": Workload(prepare_records, run_passphrase, verify_passphrase),
    "rotate": Workload(prepare_records, run_rotate, verify_rotate),
    "backup": Workload(prepare_records, run_backup, verify_backup),
    "restore": Workload(prepare_restore, run_restore, verify_restore),
    "migration": Workload(prepare_migration, run_migration, verify_migration),
    "session": Workload(prepare_records, run_session, verify_session),
    "erase": Workload(prepare_records, run_erase, verify_erase),
}

if __name__ == "__main__":
    run_one(WORKLOADS)
