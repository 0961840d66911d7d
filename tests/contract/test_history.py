"""The history of a record, as the practice portal keeps it, beside what the vault has kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import sign_in

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from store.client import Client


def test_versions_from_the_portal_join_those_of_the_vault(client: Client, sandbox: Sandbox) -> None:
    sign_in(client, sandbox)
    client.sync.run()
    row = client.records.list(("patient",)).items[0]
    name = f"{row.type}/{row.id}"
    found = client.histories.list(name, ask=True)
    assert len(found) >= 1
    assert len({version.version for version in found}) == len(found)
    assert client.histories.list(name)[0].fhir == client.records.show(name).fhir
