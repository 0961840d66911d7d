"""Changes of a record, client against practice portal: by version, joined, asked about, and never made twice."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.errors import ConflictsWaiting, NotOffered
from store.records.lossless import decode, encode
from store.services.conflicts import Choice
from store.vault import outbox, reading
from store.vault.outbox import State
from tests.conftest import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client


@pytest.fixture
def portal() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        yield running


@pytest.fixture
def ready(client: Client, portal: Sandbox) -> Client:
    sign_in(client, portal)
    client.sync.run()
    return client


def target(client: Client) -> str:
    return f"Patient/{client.portals.list()[0].patient}"


def in_vault(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = decode(client.records.show(target(client)).fhir)
    return found


def request(client: Client, method: str, body: bytes | None = None) -> dict[str, Any]:
    """Speak with the portal as another program of the patient's would, with the same sign-in."""
    with client.vault.reading() as connection:
        owner = reading.connections(connection)[0]
    asked = urllib.request.Request(
        f"{owner.base_url}/{target(client)}",
        method=method,
        data=body,
        headers={"Authorization": f"Bearer {owner.access_token}", "Content-Type": "application/fhir+json"},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        found: dict[str, Any] = decode(answer.read())
    return found


def change_elsewhere(client: Client, **parts: Any) -> None:
    request(client, "PUT", encode({**request(client, "GET"), **parts}))


def change(client: Client, **parts: Any) -> str:
    return str(client.outbox.add_update(1, target(client), encode({**in_vault(client), **parts})).id)


def version(client: Client) -> int:
    return int(request(client, "GET")["meta"]["versionId"])


def test_a_change_makes_one_new_version_and_is_kept_as_the_portal_has_it(ready: Client) -> None:
    before = version(ready)
    assert ready.outbox.send(change(ready, maritalStatus={"text": "Married"})).state == "confirmed"
    assert version(ready) == before + 1
    assert in_vault(ready) == request(ready, "GET")
    assert in_vault(ready)["maritalStatus"] == {"text": "Married"}


def test_changes_of_different_things_are_joined(ready: Client) -> None:
    name = change(ready, maritalStatus={"text": "Married"})
    change_elsewhere(ready, telecom=[{"system": "phone", "value": "555-0100"}])
    assert ready.outbox.send(name).state == "confirmed"
    found = request(ready, "GET")
    assert found["maritalStatus"] == {"text": "Married"}
    assert found["telecom"] == [{"system": "phone", "value": "555-0100"}]


@pytest.mark.parametrize(("choice", "wanted"), [(Choice.MINE, "Married"), (Choice.THEIRS, "Widowed")])
def test_a_change_of_the_same_thing_is_decided_by_the_patient(ready: Client, choice: Choice, wanted: str) -> None:
    name = change(ready, maritalStatus={"text": "Married"})
    change_elsewhere(ready, maritalStatus={"text": "Widowed"})
    with pytest.raises(ConflictsWaiting):
        ready.outbox.send(name)
    ready.conflicts.resolve(name, choice)
    assert request(ready, "GET")["maritalStatus"] == {"text": wanted}
    assert in_vault(ready)["maritalStatus"] == {"text": wanted}
    assert ready.sync.run().failures == ()


def test_a_change_that_was_on_its_way_when_the_program_ended_is_made_once(ready: Client) -> None:
    before = version(ready)
    arrived, lost = change(ready, maritalStatus={"text": "Married"}), change(ready, language="pt")
    with ready.vault.transaction() as tx:
        outbox.move(tx, arrived, State.SENDING)
    change_elsewhere(ready, maritalStatus={"text": "Married"})
    ready.sync.run()
    assert {row.id: row.state for row in ready.outbox.list().items} == {arrived: "confirmed", lost: "confirmed"}
    assert version(ready) == before + 2
    assert request(ready, "GET")["language"] == "pt"


def test_what_the_portal_takes_from_nobody_is_not_offered(ready: Client) -> None:
    with ready.vault.reading() as connection:
        row = next(iter(reading.rows(connection, reading.Filter(types=("Practitioner",), limit=1))))
    reference = f"Practitioner/{row.id}"
    body = json.dumps({**json.loads(ready.records.show(reference).fhir), "active": False}).encode()
    with pytest.raises(NotOffered):
        ready.outbox.add_update(1, reference, body)
