"""The one door: opened when first needed, and closed whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.client import Client
from store.errors import NoVault, VaultLocked, WrongPassphrase
from store.vault import keys
from tests.conftest import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings


def test_nothing_is_asked_until_it_is_needed(settings: Settings) -> None:
    def ask() -> str:
        raise AssertionError

    with Client(settings, ask, ask) as client:
        assert not client.has_vault
        assert not client.is_unlocked
        with pytest.raises(NoVault):
            client.unlock()
        with pytest.raises(NoVault):
            _ = client.records


def test_a_vault_is_created_once_and_opened_with_its_passphrase(make_client: Callable[[], Client]) -> None:
    first = make_client()
    assert first.open_or_create() is first.open_or_create()
    first.close()
    assert first.has_vault
    assert not first.is_unlocked
    second = make_client()
    second.unlock(PASSPHRASE)
    second.unlock(PASSPHRASE)
    assert second.is_unlocked
    assert second.open_or_create() is second.vault
    third = make_client()
    third.unlock()
    assert third.is_unlocked


def test_a_wrong_passphrase_opens_nothing(make_client: Callable[[], Client]) -> None:
    make_client().open_or_create()
    client = make_client()
    with pytest.raises(WrongPassphrase):
        client.unlock("wrong")
    assert not client.is_unlocked


def test_a_vault_stays_locked_where_nobody_can_be_asked(make_client: Callable[[], Client], settings: Settings) -> None:
    with Client(settings) as nobody, pytest.raises(VaultLocked):
        nobody.open_or_create()
    make_client().open_or_create()
    with Client(settings) as nobody, pytest.raises(VaultLocked):
        _ = nobody.vault


def test_a_passphrase_for_a_new_vault_is_asked_for_once(settings: Settings) -> None:
    asked: list[int] = []

    def ask_new() -> str:
        asked.append(1)
        return PASSPHRASE

    with Client(settings, ask_new=ask_new, cost=keys.FLOOR) as client:
        client.prepare()
        client.prepare()
        client.open_or_create()
        client.prepare()
    assert len(asked) == 1


def test_closing_lets_go_of_every_noun_and_a_new_use_opens_the_vault_again(client: Client) -> None:
    client.open_or_create()
    before = [client.records, client.portals, client.sync, client.refills, client.overview, client.exports]
    assert client.records is before[0]
    client.close()
    assert not set(client.__dict__) & {"records", "portals", "sync", "refills", "overview", "exports"}
    assert client.records is not before[0]
    assert client.records.counts() == {}
    client.close()
    client.close()
