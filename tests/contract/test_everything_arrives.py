"""Every record that a portal serves is in the vault: of every type, equal in JSON, and byte for byte as served."""

from __future__ import annotations

import json
import re
import urllib.request
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.config import Settings
from store.services.sign_in import SignInRequest
from store.vault import keys, reading
from tests.conftest import PASSPHRASE, shared_data, sign_in
from tests.support.hostile import ScriptedPortal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Json = dict[str, Any]
_STAMPS = ("versionId", "lastUpdated")  # what every FHIR server writes itself


def read_json(content: bytes) -> Json:
    found: Json = json.loads(content, parse_float=Decimal)
    return found


def resolved(node: Any, places: dict[str, str]) -> Any:
    """JSON in which each `reference` to a bundle's entry names the place that the entry got."""
    if isinstance(node, dict):
        return {
            key: places.get(value, value) if key == "reference" and isinstance(value, str) else resolved(value, places)
            for key, value in node.items()
        }
    return [resolved(item, places) for item in node] if isinstance(node, list) else node


def without_stamps(resource: Json) -> Json:
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in _STAMPS}
    return {**{name: value for name, value in resource.items() if name != "meta"}, **({"meta": meta} if meta else {})}


def in_vault(client: Client) -> dict[tuple[str, str], bytes]:
    with client.vault.reading() as connection:
        found = reading.records(client.vault, connection, reading.Filter())
        return {(row.type, row.id): body for row, body in found}


def bundles(folder: Path) -> list[Json]:
    return [read_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))]


def owner(bundle: Json) -> str:
    return str(
        next(entry["resource"]["id"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
    )


@pytest.mark.parametrize("name", ["synthea", "synthea-notes"])
def test_each_patient_s_files_are_in_the_vault_whole_and_a_second_sync_changes_nothing(
    name: str, make_client_in: Callable[[str], Client]
) -> None:
    folder = shared_data(name)
    with Sandbox(SandboxOptions(load=folder, clinic_delay=3600)) as sandbox:
        for which, person in enumerate(sandbox.sign_ins):
            bundle = next(each for each in bundles(folder) if owner(each) == person.patient)
            client = make_client_in(person.patient)
            sign_in(client, sandbox, which)
            report = client.sync.run()
            assert report.failures == ()
            places = {
                entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
                for entry in bundle["entry"]
            }
            wanted = {
                (entry["resource"]["resourceType"], entry["resource"]["id"]): without_stamps(
                    resolved(entry["resource"], places)
                )
                for entry in bundle["entry"]
            }
            found = {key: without_stamps(read_json(body)) for key, body in in_vault(client).items()}
            assert {key for key in wanted if key not in found} == set()
            assert {key for key in wanted if found[key] != wanted[key]} == set()
            assert client.sync.run().changed == 0


def test_types_without_a_file_of_their_own_are_listed_and_shown(make_client_in: Callable[[str], Client]) -> None:
    folder = shared_data("synthea")
    with Sandbox(SandboxOptions(load=folder, clinic_delay=3600)) as sandbox:
        which = next(at for at, person in enumerate(sandbox.sign_ins) if "Kshlerin" in person.name)
        client = make_client_in("generic")
        sign_in(client, sandbox, which)
        client.sync.run()
        for kind in ("Claim", "Goal", "CarePlan", "ImagingStudy"):
            listed = client.records.list((kind,))
            assert listed.total > 0
            shown = client.records.show(f"{kind}/{listed.items[0].id}")
            assert shown.row.title
            assert shown.detail.facts


def test_every_official_example_of_us_core_arrives_whole_and_can_be_shown(
    make_client_in: Callable[[str], Client],
) -> None:
    folder = shared_data("us-core-6.1.0")
    found: dict[tuple[str, str], bytes] = {}
    with Sandbox(SandboxOptions(load=folder, clinic_delay=3600)) as sandbox:
        for which, person in enumerate(sandbox.sign_ins):
            client = make_client_in(person.patient)
            sign_in(client, sandbox, which)
            assert client.sync.run().failures == ()
            mine = in_vault(client)
            for type_name, record_id in mine:
                assert client.records.show(f"{type_name}/{record_id}").detail.facts
            assert client.sync.run().changed == 0
            found |= mine
    wanted = {(item["resourceType"], item["id"]): item for item in examples(folder)}
    mentioned = {name for body in found.values() for name in re.findall(rb'"reference"\s*:\s*"([^"]+)"', body)}
    missing = wanted.keys() - found.keys()
    assert {key for key in missing if "/".join(key).encode() in mentioned} == set()
    shared = {"Practitioner", "PractitionerRole", "Endpoint", "Location", "Medication", "Questionnaire"}
    assert {type_name for type_name, _ in missing} <= shared  # what no record of a patient refers to is of no patient
    assert {key for key in found.keys() & wanted if without_stamps(read_json(found[key])) != wanted[key]} == set()


def examples(folder: Path) -> Iterator[Json]:
    for found in bundles(folder):
        entries = found.get("entry", []) if found["resourceType"] == "Bundle" else [{"resource": found}]
        yield from (without_stamps(entry["resource"]) for entry in entries)


ODD_BODIES = {
    "Patient": b'{"resourceType":"Patient","id":"p1","meta":{"versionId":"1"},"name":[{"family":"Odd"}]}',
    "Observation": (
        b'{ "id" : "o1",\r\n  "valueQuantity" : {"value": 1.00, "unit":"mg/dL"}, "resourceType":"Observation",\n'
        b'  "status":"final","subject":{"reference":"Patient/p1"},"code":{"text":"caf\\u00e9"},\n'
        b'  "extension":[{"url":"urn:unknown","valueInteger64":123456789012345678901234567890,"zz":-0.0,"e":1E-7}]}'
    ),
    "Basic": (
        b'{"resourceType":"Basic","subject":{"reference":"Patient/p1"},'
        b'"id":"b1","code":{"text":"\xc3\xa9\\ud83d\\ude00"}}'
    ),
}


def test_the_bytes_in_the_vault_are_the_bytes_that_were_served(client: Client) -> None:
    with ScriptedPortal() as portal:
        portal.add(*ODD_BODIES.values())
        sign_in_scripted(client, portal.base_url)
        assert client.sync.run().failures == ()
        assert in_vault(client) == {(name, read_json(body)["id"]): body for name, body in ODD_BODIES.items()}
        assert client.sync.run().changed == 0
        changed = ODD_BODIES["Observation"].replace(b"1.00", b"1.000")
        portal.resources["Observation"]["o1"] = changed
        assert client.sync.run().changed == 1
        assert in_vault(client)[("Observation", "o1")] == changed


@pytest.mark.odd
def test_the_sandbox_serves_what_it_was_given_and_the_vault_holds_what_it_serves(
    client: Client, tmp_path: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for type_name, body in ODD_BODIES.items():
        (given / f"{type_name}.json").write_bytes(body)
    with Sandbox(SandboxOptions(load=given, clinic_delay=3600)) as sandbox:
        sign_in(client, sandbox)
        client.sync.run()
        held = in_vault(client)
        token = client.portals.choose().access_token
        for (type_name, record_id), body in held.items():
            request = urllib.request.Request(
                f"{sandbox.base_url}/{type_name}/{record_id}", headers={"Authorization": f"Bearer {token}"}
            )
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert answer.read() == body
            assert without_stamps(read_json(body)) == without_stamps(read_json(ODD_BODIES[type_name]))
        assert b"1.00," in held[("Observation", "o1")]
        assert b"123456789012345678901234567890" in held[("Observation", "o1")]


def test_a_record_changed_at_the_portal_arrives_with_the_next_sync(client: Client, sandbox: Sandbox) -> None:
    person = sandbox.sign_ins[1]
    request = SignInRequest(sandbox.base_url, scope="openid fhirUser launch/patient offline_access patient/*.cruds")
    with client.sign_ins.begin(request) as attempt:
        attempt.with_password(person.username, person.password)
    client.sync.run()
    assert client.sync.run().changed == 0
    row, body = client.records.find(client.labs.list().items[0].id)
    resource = read_json(body)
    resource["status"] = "amended"
    put = urllib.request.Request(
        f"{sandbox.base_url}/{row.type}/{row.id}",
        method="PUT",
        data=json.dumps(resource, default=float).encode(),
        headers={
            "Authorization": f"Bearer {client.portals.choose().access_token}",
            "Content-Type": "application/fhir+json",
            "If-Match": f'W/"{row.version}"',
        },
    )
    with urllib.request.urlopen(put, timeout=20) as answer:
        assert answer.status == 200
    assert client.sync.run().changed == 1
    assert client.records.show(row.id).row.status == "amended"


def sign_in_scripted(client: Client, base_url: str) -> None:
    with client.sign_ins.begin(SignInRequest(base_url)) as attempt:
        attempt.with_password("anyone", "anything")


@pytest.fixture
def make_client_in(tmp_path: Path) -> Iterator[Callable[[str], Client]]:
    """Makes clients with vaults of their own."""
    made: list[Client] = []

    def make(name: str) -> Client:
        folder = tmp_path / name
        made.append(Client(Settings(folder / "vault", folder / "c"), ask_new=lambda: PASSPHRASE, cost=keys.FLOOR))
        return made[-1]

    yield make
    for client in made:
        client.close()
