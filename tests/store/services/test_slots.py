from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from store.client import Client
from store.errors import (
    InvalidInput,
    KeychainFailed,
    NoVault,
    PassphraseWeak,
    SessionEnded,
    StorageFailed,
    VaultBusy,
    VaultErased,
    VaultExists,
    VaultLocked,
    WrongPassphrase,
    WrongRecoveryCode,
)
from store.services.slots import MAX_SESSION_SECONDS
from store.vault import audit, files, folders, header, keys, presence, recovery, sessions, slots, whereabouts
from tests.conftest import PASSPHRASE
from tests.store.services.in_memory import MemoryKeychain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.config import Settings

NEW = "quite another long passphrase 83"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    files.make_private_folder(tmp_path / "run")
    return replace(settings, runtime_dir=tmp_path / "run")


@pytest.fixture
def keychain() -> MemoryKeychain:
    return MemoryKeychain()


@pytest.fixture
def make(settings: Settings, keychain: MemoryKeychain) -> Iterator[Callable[..., Client]]:
    """Makes clients as new processes would; `asked` is typed when the passphrase is asked for, None: nobody is."""
    made: list[Client] = []

    def new(asked: str | None = PASSPHRASE, chosen: str | None = NEW) -> Client:
        client = Client(
            settings,
            (lambda: asked) if asked is not None else None,
            (lambda: chosen) if chosen is not None else None,
            keys.FLOOR,
            find_keychain=keychain.find,
        )
        made.append(client)
        return client

    with Client(settings, ask_new=lambda: PASSPHRASE, cost=keys.FLOOR) as first:
        first.slots.create()
    yield new
    for client in made:
        client.close()


@pytest.fixture
def client(make: Callable[..., Client]) -> Client:
    return make()


def types(client: Client) -> list[str]:
    return [str(row.type) for row in client.slots.list()]


def actions(client: Client) -> list[tuple[str, str]]:
    with client.vault.reading() as connection:
        assert audit.verify(connection) == []
        return [(line.action, line.what) for line in reversed(audit.lines(connection))]


def opened_by(client: Client) -> str:
    return client.vault.opened_by


def given_code(client: Client) -> str:
    drawn = client.slots.draw_code()
    client.slots.keep_code(drawn, drawn)
    return drawn


def test_a_vault_is_created_once(client: Client) -> None:
    with pytest.raises(VaultExists):
        client.slots.create()


@pytest.mark.parametrize("weak", ["", "password1", "qwertyuiop"])
def test_a_vault_is_not_created_under_a_passphrase_that_could_be_guessed(settings: Settings, weak: str) -> None:
    with Client(settings, ask_new=lambda: weak, cost=keys.FLOOR) as client, pytest.raises(PassphraseWeak):
        client.slots.create()
    assert not whereabouts.exists(settings)


def test_slots_are_listed_without_opening_the_vault(make: Callable[..., Client], client: Client) -> None:
    client.slots.remember_in_keychain()
    given_code(client)
    client.slots.begin_session(60)
    nobody = make(None)
    rows = nobody.slots.list()
    assert not nobody.is_unlocked
    assert [str(row.type) for row in rows] == ["passphrase", "keychain", "recovery", "session"]
    assert [str(row.detail) for row in rows] == ["Argon2id, 19 MiB, 2 passes, 1 lanes", "Memory", "", ""]
    assert [row.expires is None for row in rows] == [True, True, True, False]
    assert all(row.created for row in rows)


def test_where_there_is_no_vault_there_are_no_slots(settings: Settings) -> None:
    with Client(settings) as client, pytest.raises(NoVault):
        client.slots.list()


def test_a_session_opens_the_vault_for_the_next_command(make: Callable[..., Client], client: Client) -> None:
    client.slots.begin_session(60)
    nobody = make(None)
    assert nobody.opens_by_itself
    assert opened_by(nobody) == "session"
    assert ("session", "60 seconds") in actions(nobody)
    assert [action for action, _ in actions(nobody)].count("unlock") == 1


def test_a_session_needs_the_passphrase_even_while_another_goes_on(make: Callable[..., Client], client: Client) -> None:
    client.slots.begin_session(60)
    for asked, error in (("guess", WrongPassphrase), (None, VaultLocked)):
        with pytest.raises(error):
            make(asked).slots.begin_session(60)
    make().slots.begin_session(60)
    assert types(client).count("session") == 2


@pytest.mark.parametrize("seconds", [0, -5, MAX_SESSION_SECONDS + 1])
def test_a_session_is_not_longer_than_half_a_day(client: Client, seconds: int) -> None:
    with pytest.raises(InvalidInput):
        client.slots.begin_session(seconds)


def test_without_a_place_for_its_key_no_passphrase_is_asked_for(
    settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask() -> str:
        pytest.fail("somebody was asked")

    assert client.has_vault
    monkeypatch.setattr(sessions, "_fallback", lambda: None)
    with Client(replace(settings, runtime_dir=None), ask) as bare, pytest.raises(StorageFailed):
        bare.slots.begin_session(60)


def test_ending_sessions_locks_everything(make: Callable[..., Client], client: Client) -> None:
    client.slots.begin_session(60)
    client.slots.begin_session(60)
    dashboard = make()
    dashboard.unlock()
    assert not dashboard.is_ended_elsewhere
    assert make(None).slots.end_sessions() == 2
    assert dashboard.is_ended_elsewhere
    with pytest.raises(VaultLocked) as caught:
        make(None).unlock()
    assert type(caught.value) is VaultLocked
    assert make(None).slots.end_sessions() == 0


def test_a_session_whose_time_is_over_is_told_as_such(
    make: Callable[..., Client], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.slots.begin_session(60)
    at = sessions.moment()
    monkeypatch.setattr(sessions, "moment", lambda: replace(at, now=at.now + 120))
    with pytest.raises(SessionEnded):
        make(None).unlock()


def test_a_damaged_vault_can_still_be_locked(settings: Settings, make: Callable[..., Client], client: Client) -> None:
    client.slots.begin_session(60)
    settings.header_path.write_text("damaged")
    assert make(None).slots.end_sessions() == 1


def test_a_new_passphrase_takes_the_place_of_the_old_one(make: Callable[..., Client], client: Client) -> None:
    client.slots.change_passphrase()
    with pytest.raises(WrongPassphrase):
        make().unlock()
    again = make(NEW)
    assert ("passphrase", "changed by the old one") in actions(again)
    assert types(again) == ["passphrase"]


def test_a_new_passphrase_that_could_be_guessed_changes_nothing(
    settings: Settings, make: Callable[..., Client]
) -> None:
    before = settings.header_path.read_bytes()
    with pytest.raises(PassphraseWeak):
        make(chosen="password1").slots.change_passphrase()
    with pytest.raises(WrongPassphrase):
        make("guess").slots.change_passphrase()
    with pytest.raises(VaultLocked):
        make(chosen=None).slots.change_passphrase()
    assert settings.header_path.read_bytes() == before


def test_a_code_opens_the_vault_once_it_was_typed_back(make: Callable[..., Client], client: Client) -> None:
    drawn = client.slots.draw_code()
    assert types(client) == ["passphrase"]
    client.slots.keep_code(drawn, drawn.lower().replace("-", " "))
    assert types(client) == ["passphrase", "recovery"]
    forgetful = make(None)
    forgetful.slots.use_code(drawn)
    assert opened_by(forgetful) == "recovery"
    with pytest.raises(WrongPassphrase):
        make().unlock()
    found = actions(make(NEW))
    assert ("recovery code", "new") in found
    assert ("passphrase", "changed by the recovery code") in found
    make(None).slots.use_code(drawn)


def test_a_code_that_is_typed_back_wrong_is_not_kept(client: Client) -> None:
    drawn = client.slots.draw_code()
    slip = ("1" if drawn[0] != "1" else "2") + drawn[1:]
    for typed, group in ((slip, 1), (recovery.to_text(recovery.new()), None), ("", 0)):
        with pytest.raises(WrongRecoveryCode) as caught:
            client.slots.keep_code(drawn, typed)
        assert caught.value.group == group
    assert types(client) == ["passphrase"]


def test_a_new_code_takes_the_place_of_the_old_one(make: Callable[..., Client], client: Client) -> None:
    old, new = given_code(client), given_code(client)
    with pytest.raises(WrongRecoveryCode):
        make(None).slots.use_code(old)
    make(None).slots.use_code(new)
    assert types(client).count("recovery") == 1


def test_a_code_with_a_weak_new_passphrase_changes_nothing(make: Callable[..., Client], client: Client) -> None:
    drawn = given_code(client)
    with pytest.raises(PassphraseWeak):
        make(None, "password1").slots.use_code(drawn)
    make().unlock()


def test_a_code_where_there_is_none_is_noted_as_a_failed_unlock(make: Callable[..., Client]) -> None:
    with pytest.raises(WrongRecoveryCode):
        make(None).slots.use_code(recovery.to_text(recovery.new()))
    found = [what for action, what in actions(make()) if action == "unlock failed"]
    assert len(found) == 1
    assert found[0].startswith("recovery, ")


def test_the_keychain_opens_the_vault_until_it_is_turned_off(
    make: Callable[..., Client], client: Client, keychain: MemoryKeychain
) -> None:
    assert client.slots.remember_in_keychain() == "Memory"
    nobody = make(None)
    assert nobody.opens_by_itself
    assert opened_by(nobody) == "keychain"
    assert nobody.slots.forget_in_keychain()
    assert keychain.kept == {}
    assert not nobody.slots.forget_in_keychain()
    with pytest.raises(VaultLocked):
        make(None).unlock()
    found = actions(make())
    assert ("keychain", "on, Memory") in found
    assert ("keychain", "off") in found


def test_remembering_again_leaves_one_slot_and_one_secret(client: Client, keychain: MemoryKeychain) -> None:
    client.slots.remember_in_keychain()
    client.slots.remember_in_keychain()
    assert types(client) == ["passphrase", "keychain"]
    assert len(keychain.kept) == 1


def test_a_keychain_that_fails_falls_back_to_the_passphrase(
    make: Callable[..., Client], client: Client, keychain: MemoryKeychain
) -> None:
    client.slots.remember_in_keychain()
    (account,) = keychain.kept
    for secret, why in ((None, "does not keep"), (bytes(32), "does not open")):
        keychain.kept = {account: secret} if secret else {}
        fallen = make()
        assert opened_by(fallen) == "passphrase"
        assert fallen.keychain_trouble is not None
        assert why in fallen.keychain_trouble.why
    keychain.is_broken = True
    assert opened_by(make()) == "passphrase"
    with pytest.raises(VaultLocked):
        make(None).unlock()
    assert all(action != "unlock failed" for action, _ in actions(client))


def test_a_keychain_that_refuses_to_begin_leaves_no_slot(client: Client, keychain: MemoryKeychain) -> None:
    keychain.is_broken = True
    with pytest.raises(KeychainFailed):
        client.slots.remember_in_keychain()
    assert types(client) == ["passphrase"]


def test_a_keychain_that_refuses_to_forget_opens_nothing_all_the_same(
    make: Callable[..., Client], client: Client, keychain: MemoryKeychain
) -> None:
    client.slots.remember_in_keychain()
    keychain.is_broken = True
    with pytest.raises(KeychainFailed):
        client.slots.forget_in_keychain()
    keychain.is_broken = False
    assert len(keychain.kept) == 1
    with pytest.raises(VaultLocked):
        make(None).unlock()


def test_a_session_comes_before_a_file_and_a_file_before_the_keychain_and_asking(
    settings: Settings, make: Callable[..., Client], client: Client, keychain: MemoryKeychain, tmp_path: Path
) -> None:
    client.slots.remember_in_keychain()
    (tmp_path / "wrong").write_text("not the passphrase")
    from_file = replace(settings, passphrase_file=tmp_path / "wrong")
    with Client(from_file, lambda: PASSPHRASE, find_keychain=keychain.find) as other, pytest.raises(WrongPassphrase):
        other.unlock()
    assert opened_by(make()) == "keychain"
    client.slots.begin_session(60)
    with Client(from_file, find_keychain=keychain.find) as other:
        assert opened_by(other) == "session"


def test_a_new_vault_key_ends_sessions_and_the_code_and_renews_the_keychain(
    make: Callable[..., Client], client: Client, keychain: MemoryKeychain
) -> None:
    drawn = given_code(client)
    client.slots.remember_in_keychain()
    client.slots.begin_session(60)
    old = (client.vault.key, set(keychain.kept))
    rotated = client.slots.rotate()
    assert (rotated.recovery, rotated.keychain) == (False, True)
    assert types(client) == ["passphrase", "keychain"]
    again = make(None)
    assert opened_by(again) == "keychain"
    assert again.vault.key != old[0]
    assert set(keychain.kept).isdisjoint(old[1])
    assert len(keychain.kept) == 1
    again.close()
    with pytest.raises(WrongRecoveryCode):
        make(None).slots.use_code(drawn)
    assert ("new vault key", "every session ends") in actions(make())


def test_a_code_that_is_given_opens_the_new_key_too(make: Callable[..., Client], client: Client) -> None:
    drawn = given_code(client)
    assert client.slots.rotate(lambda: drawn).recovery is True
    make(None).slots.use_code(drawn)


def test_a_rotation_says_nothing_of_slots_that_were_never_there(client: Client) -> None:
    rotated = client.slots.rotate()
    assert (rotated.recovery, rotated.keychain) == (None, None)


def test_a_keychain_that_is_locked_loses_its_slot_in_a_rotation(client: Client, keychain: MemoryKeychain) -> None:
    client.slots.remember_in_keychain()
    keychain.is_broken = True
    assert client.slots.rotate().keychain is False
    assert types(client) == ["passphrase"]


def test_a_rotation_with_a_wrong_secret_changes_nothing(
    settings: Settings, make: Callable[..., Client], client: Client
) -> None:
    given_code(client)
    before = settings.header_path.read_bytes()
    client.close()
    with pytest.raises(WrongPassphrase):
        make("guess").slots.rotate()
    for typed in (recovery.to_text(recovery.new()), "AAAAA"):
        with pytest.raises(WrongRecoveryCode):
            make().slots.rotate(partial(str, typed))
    assert settings.header_path.read_bytes() == before


def test_a_vault_that_is_open_elsewhere_is_neither_rotated_nor_erased(
    make: Callable[..., Client], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store.vault import rotation  # noqa: PLC0415 - to shorten the wait

    monkeypatch.setattr(rotation, "ALONE_SECONDS", 0.1)
    monkeypatch.setattr(presence.alone, "__defaults__", (0.1,))
    elsewhere = make()
    elsewhere.unlock()
    with pytest.raises(VaultBusy):
        client.slots.rotate()
    with pytest.raises(VaultBusy):
        client.slots.erase()
    assert actions(elsewhere)


def test_erasing_leaves_nothing(
    settings: Settings, make: Callable[..., Client], client: Client, keychain: MemoryKeychain
) -> None:
    client.slots.remember_in_keychain()
    client.slots.begin_session(60)
    kept = settings.vault_dir.with_name("vault.replaced-20260101-000000")
    kept.mkdir()
    (kept / "vault.json").write_bytes(settings.header_path.read_bytes())
    client.close()
    make(None).slots.erase()
    assert [path.name for path in settings.vault_dir.parent.iterdir()] == ["vault.lock"]
    assert keychain.kept == {}
    assert not sessions.session_file(settings).exists()
    assert not client.has_vault


@pytest.mark.parametrize("damage", ["garbage", '{"format": 99}', None])
def test_a_vault_that_is_damaged_or_too_new_can_be_erased(
    settings: Settings, make: Callable[..., Client], damage: str | None
) -> None:
    if damage is None:
        settings.header_path.unlink()
    else:
        settings.header_path.write_text(damage)
    make(None).slots.erase()
    assert not whereabouts.exists(settings)


def test_an_erasure_that_was_interrupted_leaves_what_nobody_can_open_and_the_next_removes(
    settings: Settings, make: Callable[..., Client], keychain: MemoryKeychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Settings, folder: Path) -> None:
        raise StorageFailed(folder, "permission denied")

    client = make()
    client.slots.remember_in_keychain()
    with monkeypatch.context() as broken:
        broken.setattr(folders, "remove", refuse)
        with pytest.raises(StorageFailed):
            client.slots.erase()
    with pytest.raises(VaultErased):
        make().unlock()
    assert keychain.kept == {}
    make(None).slots.erase()
    assert not whereabouts.exists(settings)


def test_where_there_is_no_vault_none_is_erased(settings: Settings) -> None:
    with Client(settings) as client, pytest.raises(NoVault):
        client.slots.erase()
    assert not settings.vault_dir.exists()


def test_a_slot_of_an_unknown_type_outlives_a_change_of_passphrase(
    settings: Settings, make: Callable[..., Client]
) -> None:
    client = make()
    found = header.read(settings.header_path)
    fields = {"id": slots.new_id(), "type": "passkey", "made by": "a later portal"}
    header.write(settings.header_path, found.having(slots.sealed(client.vault.key, client.vault.id, fields, bytes(32))))
    client.slots.change_passphrase()
    assert sorted(types(make(NEW))) == ["passkey", "passphrase"]
