from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import StorageFailed, VaultBusy, VaultDamaged, WrongPassphrase
from store.vault import attempts, audit, copying, engine, folders, header, keys, rotation, slots
from store.vault import vault as vaults
from tests.store.vault.building import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from store.vault.header import Header


@pytest.fixture
def old_key(settings: Settings) -> bytes:
    with vaults.create(settings, PASSPHRASE, keys.FLOOR) as vault:
        with vault.transaction() as tx:
            tx.connection.execute("INSERT INTO setting VALUES ('kept', '1')")
        return vault.key


def reseal(key: bytes, found: Header) -> Header:
    return found.having(slots.for_passphrase(key, found.vault_id, PASSPHRASE, keys.FLOOR, 0))


def rotate(settings: Settings, passphrase: bytes = PASSPHRASE) -> None:
    rotation.rotate(settings, lambda found: header.unseal(found, passphrase), reseal)


def test_the_old_key_opens_nothing_any_more(settings: Settings, old_key: bytes) -> None:
    old_header = header.read(settings.header_path)
    rotate(settings)
    with pytest.raises(VaultDamaged):
        engine.connect(settings.database_path, old_key)
    with vaults.unlock(settings, PASSPHRASE) as vault:
        assert vault.key != old_key
        assert vault.id == old_header.vault_id
        with vault.reading() as connection:
            found = connection.execute("SELECT value FROM setting WHERE name = 'kept'").fetchone()
            assert found == ("1",)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert old_header.slots[0].id not in settings.header_path.read_text()


@pytest.mark.usefixtures("old_key")
def test_the_trail_goes_on_with_failed_unlocks_in_it(settings: Settings) -> None:
    with vaults.unlock(settings, PASSPHRASE) as vault, vault.reading() as connection:
        kept = audit.head(connection)
    attempts.note(settings, "passphrase", 0)
    rotate(settings)
    with vaults.unlock(settings, PASSPHRASE) as vault, vault.reading() as connection:
        assert audit.verify(connection, kept) == []
        actions = [line.action for line in reversed(audit.lines(connection))]
    assert actions[-3:] == ["unlock failed", "new vault key", "unlock"]


def test_a_vault_that_is_open_elsewhere_keeps_its_key(
    settings: Settings, old_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "ALONE_SECONDS", 0.1)
    with vaults.unlock(settings, PASSPHRASE), pytest.raises(VaultBusy):
        rotate(settings)
    with vaults.unlock(settings, PASSPHRASE) as vault:
        assert vault.key == old_key


def test_a_wrong_passphrase_changes_nothing(settings: Settings, old_key: bytes) -> None:
    before = settings.header_path.read_bytes()
    with pytest.raises(WrongPassphrase):
        rotate(settings, b"guess")
    assert settings.header_path.read_bytes() == before
    with vaults.unlock(settings, PASSPHRASE) as vault:
        assert vault.key == old_key


@pytest.mark.parametrize(("module", "step"), [(copying, "copy"), (header, "write"), (folders, "exchange")])
def test_a_rotation_that_fails_leaves_the_old_vault_alone(
    settings: Settings, old_key: bytes, monkeypatch: pytest.MonkeyPatch, module: object, step: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StorageFailed(settings.vault_dir, "the disk is full", 1)

    with monkeypatch.context() as broken:
        broken.setattr(module, step, fail)
        with pytest.raises(StorageFailed):
            rotate(settings)
    assert sorted(path.name for path in settings.vault_dir.parent.iterdir()) == ["vault", "vault.lock"]
    with vaults.unlock(settings, PASSPHRASE) as vault:
        assert vault.key == old_key


def test_no_copy_of_the_old_vault_is_left(settings: Settings, old_key: bytes) -> None:
    def all_files() -> list[Path]:
        return sorted(path for path in settings.vault_dir.parent.rglob("*") if path.is_file())

    rotate(settings)
    assert {path.name for path in all_files()} <= {
        "vault.lock",
        "vault.db",
        "vault.json",
        "vault.db-wal",
        "vault.db-shm",
    }
    assert all(old_key not in path.read_bytes() for path in all_files())
