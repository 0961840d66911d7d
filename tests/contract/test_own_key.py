"""Staying signed in with a key of one's own, from the sign-in to its end, over a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.errors import SignInNeeded
from store.remote import registration
from store.services.sign_in import SignInRequest
from tests.conftest import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.client import Client


@pytest.fixture
def epic(tmp_path: Path) -> Iterator[Sandbox]:
    """A portal in Epic's manner with one small chart."""
    chart = tmp_path / "chart"
    chart.mkdir()
    (chart / "ada.json").write_text('{"resourceType":"Patient","id":"ada","name":[{"text":"Ada Long"}]}')
    with Sandbox(SandboxOptions(load=chart, clinic_delay=3600, quirks="epic")) as running:
        yield running


def expire(client: Client) -> None:
    with client.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET access_expires = 1")


def test_a_key_renews_the_sign_in_until_the_patient_takes_it_back(client: Client, epic: Sandbox) -> None:
    sign_in(client, epic)
    kept = client.portals.choose().refresh_token or ""
    assert registration.is_key(kept)
    for _ in range(2):
        before = client.portals.choose().access_token
        expire(client)
        client.sync.run()
        after = client.portals.choose()
        assert after.access_token != before
        assert after.refresh_token == kept
    token = epic.portal.tokens.find(client.portals.choose().access_token or "")
    assert token is not None
    epic.portal.tokens.revoke(token.grant)
    expire(client)
    for _ in range(2):
        with pytest.raises(SignInNeeded):
            client.sync.run()
    assert client.portals.choose().refresh_token is None
    sign_in(client, epic)
    assert client.portals.choose().refresh_token not in {None, kept}
    client.sync.run()


def test_a_site_without_registration_signs_in_for_a_while_and_says_so(client: Client, epic: Sandbox) -> None:
    epic.portal.clients.is_open = False
    with client.sign_ins.begin(SignInRequest(epic.base_url)) as attempt:
        attempt.with_password(epic.sign_ins[0].username, epic.sign_ins[0].password)
    assert client.portals.choose().refresh_token is None
    client.sync.run()
    expire(client)
    with pytest.raises(SignInNeeded):
        client.sync.run()


def test_the_private_key_rests_in_the_vault_alone(client: Client, epic: Sandbox, tmp_path: Path) -> None:
    sign_in(client, epic)
    found = registration._read(client.portals.choose().refresh_token or "")
    assert found is not None
    assert found.key["d"] not in repr(client.portals.choose())
    secret = str(found.key["d"]).encode()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret in path.read_bytes()]
