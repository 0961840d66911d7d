from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from store.errors import StorageFailed, VaultErased, VaultExists
from store.vault import folders, header, keys, whereabouts
from store.vault import vault as vaults
from tests.store.vault.building import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings


@pytest.fixture
def home(settings: Settings) -> Path:
    settings.vault_dir.parent.mkdir(mode=0o700)
    return settings.vault_dir.parent


def folder(path: Path, words: str) -> Path:
    path.mkdir(mode=0o700)
    (path / "words").write_text(words)
    return path


def words(settings: Settings) -> str:
    return (settings.vault_dir / "words").read_text()


def found(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def test_what_is_built_is_private_and_beside_the_vault(settings: Settings) -> None:
    with folders.building(settings) as built:
        assert built.parent == settings.vault_dir.parent
        assert built.stat().st_mode & 0o777 == 0o700
        assert not folders.is_tidy(settings)
        folders.put_in_place(settings, built)
    assert settings.vault_dir.is_dir()
    assert folders.is_tidy(settings)


def test_what_was_being_built_goes_when_the_building_fails(settings: Settings, home: Path) -> None:
    def fail() -> None:
        with folders.building(settings) as built:
            (built / "half").touch()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert found(home) == []


def test_a_folder_takes_the_place_of_nothing_or_of_an_empty_one_only(settings: Settings, home: Path) -> None:
    settings.vault_dir.mkdir()
    folders.put_in_place(settings, folder(home / "new", "first"))
    with pytest.raises(VaultExists):
        folders.put_in_place(settings, folder(home / "new", "second"))
    assert words(settings) == "first"


def test_a_folder_that_is_gone_cannot_be_put_in_place(settings: Settings, home: Path) -> None:
    with pytest.raises(StorageFailed):
        folders.put_in_place(settings, home / "gone")


def test_an_exchange_keeps_the_old_folder_only_when_that_is_wanted(settings: Settings, home: Path) -> None:
    folder(settings.vault_dir, "first")
    kept = folders.exchange(settings, folder(home / "a", "second"), keeps_old=True)
    assert kept is not None
    assert ((kept / "words").read_text(), words(settings)) == ("first", "second")
    assert folders.exchange(settings, folder(home / "b", "third"), keeps_old=False) is None
    assert words(settings) == "third"
    assert found(home) == ["vault", kept.name]
    assert folders.kept(settings) == (kept,)


def test_two_that_are_put_aside_in_one_second_are_both_kept(settings: Settings, home: Path) -> None:
    folder(settings.vault_dir, "first")
    for name in ("second", "third"):
        folders.exchange(settings, folder(home / name, name), keeps_old=True)
    assert sorted((kept / "words").read_text() for kept in folders.kept(settings)) == ["first", "second"]


def test_an_exchange_takes_the_place_of_one_that_was_interrupted(settings: Settings, home: Path) -> None:
    folder(settings.vault_dir, "first")
    folder(home / "vault.next", "never finished")
    folders.exchange(settings, folder(home / "new", "second"), keeps_old=False)
    assert (words(settings), found(home)) == ("second", ["vault"])


def test_an_interruption_before_the_first_rename_leaves_the_old_vault(settings: Settings, home: Path) -> None:
    folder(settings.vault_dir, "old")
    folder(home / "vault.0123abcd.new", "half")
    folder(home / "vault.next", "new")
    assert not whereabouts.is_ready(settings)
    assert not folders.is_tidy(settings)
    folders.tidy(settings)
    assert (words(settings), found(home)) == ("old", ["vault"])


@pytest.mark.parametrize("aside", ["vault.0123abcd.old", "vault.replaced-20260101-000000"])
def test_an_interruption_between_the_renames_is_finished(settings: Settings, home: Path, aside: str) -> None:
    folder(home / aside, "old")
    folder(home / "vault.next", "new")
    assert whereabouts.is_ready(settings)
    assert whereabouts.exists(settings)
    folders.tidy(settings)
    assert words(settings) == "new"
    assert found(home) == (["vault", aside] if "replaced" in aside else ["vault"])
    assert folders.is_tidy(settings)


def test_an_interruption_after_the_renames_removes_the_old_vault(settings: Settings, home: Path) -> None:
    folder(settings.vault_dir, "new")
    folder(home / "vault.0123abcd.old", "old")
    folders.tidy(settings)
    assert (words(settings), found(home)) == ("new", ["vault"])


def refuse(*_: object, **__: object) -> None:
    raise OSError(13, "permission denied")


def test_the_keys_of_what_is_removed_go_first(settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = folder(home / "vault.0123abcd.old", "old")
    header.write(old / "vault.json", header.seal(keys.new_key(), PASSPHRASE, keys.FLOOR, 0))

    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", refuse)
        with pytest.raises(StorageFailed):
            folders.remove(settings, old)
        folders.tidy(settings)  # what cannot be removed stays for the next time
    (left,) = home.iterdir()
    with pytest.raises(VaultErased):
        header.read(left / "vault.json")
    folders.tidy(settings)
    assert found(home) == []


def test_folders_of_other_names_are_nobodys_business(settings: Settings, home: Path) -> None:
    names = ["vault.lock", "vault.new", "vault.xyz.new", "vault.0123abcd.new.txt", "other.0123abcd.new", "vaults.next"]
    for name in names:
        (home / name).mkdir()
    assert folders.is_tidy(settings)
    folders.tidy(settings)
    assert found(home) == sorted(names)


def test_where_there_is_no_folder_nothing_is_untidy(settings: Settings) -> None:
    assert folders.is_tidy(settings)
    assert folders.kept(settings) == ()


@pytest.mark.parametrize("state", ["next", "old"])
def test_opening_a_vault_finishes_what_was_interrupted(settings: Settings, state: str) -> None:
    vaults.create(settings, PASSPHRASE, keys.FLOOR).close()
    if state == "next":
        settings.vault_dir.rename(settings.vault_dir.with_name("vault.next"))
    folder(settings.vault_dir.with_name("vault.0123abcd.old"), "old")
    vaults.unlock(settings, PASSPHRASE).close()
    assert found(settings.vault_dir.parent) == ["vault", "vault.lock"]


def test_remains_wait_while_others_have_the_vault_open(settings: Settings) -> None:
    with vaults.create(settings, PASSPHRASE, keys.FLOOR):
        folder(settings.vault_dir.with_name("vault.0123abcd.old"), "old")
        vaults.unlock(settings, PASSPHRASE).close()
        assert not folders.is_tidy(settings)
    vaults.unlock(settings, PASSPHRASE).close()
    assert folders.is_tidy(settings)


def test_what_is_left_of_a_vault_that_was_being_removed_is_in_nobodys_way(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(settings.vault_dir, "old")
    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", refuse)
        with pytest.raises(StorageFailed):
            folders.remove(settings, settings.vault_dir)
    assert not settings.vault_dir.exists()
    folders.tidy(settings)
    assert found(home) == []
