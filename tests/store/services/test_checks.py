from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import VaultBusy, VaultUnsound, WrongPassphrase
from store.services.checks import raise_unsound
from store.vault import audit, repair
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client


@pytest.fixture
def opened(client: Client) -> Client:
    client.open_or_create().note(Entry("read", "Observation/1"))
    return client


def actions(client: Client) -> list[str]:
    with client.vault.reading() as connection:
        return [line.action for line in audit.lines(connection)]


def test_a_sound_vault_is_told_so_and_the_check_is_noted(opened: Client) -> None:
    found = opened.checks.run()
    assert all(part.is_sound for part in found)
    raise_unsound(found)
    assert actions(opened)[0] == "check"


def test_damage_is_a_finding_and_is_raised_by_its_names(opened: Client) -> None:
    with opened.vault.transaction() as tx:
        tx.connection.execute("UPDATE audit_entry SET what = 'x' WHERE number = 1")
    found = opened.checks.run()
    with pytest.raises(VaultUnsound) as caught:
        raise_unsound(found)
    assert any("line 1 was changed" in finding for finding in caught.value.findings)
    assert "check" not in actions(opened)


def test_a_repair_needs_the_passphrase_and_the_vault_for_itself(
    opened: Client, make_client: Callable[[], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "ALONE_SECONDS", 0.1, raising=False)
    other = make_client()
    monkeypatch.setattr(other, "_ask", lambda: "guess")
    with pytest.raises((WrongPassphrase, VaultBusy)):
        other.checks.repair()
    opened.close()
    with pytest.raises(WrongPassphrase):
        other.checks.repair()


def test_statistics_are_of_the_vault_as_it_is(opened: Client) -> None:
    assert opened.checks.statistics()
