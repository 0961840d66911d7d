"""Two patients in one vault: nothing of one shows with the other, and every query says whose records it is about."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.client import Client
from store.config import PortalSetting, Settings
from store.errors import Ambiguous, NotFound, PortalError
from store.records import incoming
from store.records.reminders import Channel
from store.services.export_orders import Order
from store.services.reminders import suggested
from store.services.scope import Choice
from store.services.wanted import Wanted
from store.vault import connections, outbox, resources
from store.vault import vault as vaults
from store.vault.keys import FLOOR
from tests.conftest import PASSPHRASE, sign_in
from tests.store.vault.building import signed_in
from tests.support import statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


ONE, TWO = "xoneone", "xtwotwo"
TYPES = ("Observation", "Communication", "Appointment", "MedicationRequest", "Task", "Condition")
MADE = st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(["a", "b"])), unique=True, max_size=8)


def resource(kind: str, record_id: str, mark: str) -> dict[str, Any]:
    """A record that says in each of its texts whose it is."""
    words = {"text": f"{kind} {mark}"}
    own: dict[str, dict[str, Any]] = {
        "Observation": {
            "status": "final",
            "code": words,
            "valueString": mark,
            "effectiveDateTime": "2026-01-01",
            "category": [{"coding": [{"code": "laboratory"}]}],
        },
        "Communication": {
            "status": "completed",
            "topic": words,
            "payload": [{"contentString": mark}],
            "sent": "2026-01-01T00:00:00Z",
        },
        "Appointment": {"status": "booked", "description": mark, "start": "2999-01-01T00:00:00Z"},
        "MedicationRequest": {"status": "active", "intent": "order", "medicationCodeableConcept": words},
        "Task": {"status": "requested", "code": {"coding": [{"code": "refill"}]}, "description": mark},
        "Condition": {"code": words},
    }
    return {"resourceType": kind, "id": record_id, **own[kind]}


def _signed_in(mark: str) -> connections.SignedIn:
    capability = b'{"resourceType": "CapabilityStatement"}'
    address = f"https://{mark}.example.org/fhir"
    return signed_in(name=mark, base_url=address, patient="p1", capability=capability)


def two_in_one(folder: Path, made: dict[str, list[tuple[str, str]]]) -> Client:
    """A vault with two connections whose patients have the same id, at portals of their own."""
    settings = Settings(vault_dir=folder / "vault", config_file=folder / "config.toml")
    with vaults.create(settings, PASSPHRASE.encode(), FLOOR) as vault:
        for mark, records in made.items():
            with vault.transaction() as tx:
                owner = connections.save(tx, _signed_in(mark))
                connections.name_patient(tx, owner, f"Person {mark}")
                found = [incoming.decode(json.dumps(resource(*each, mark)).encode()) for each in records]
                resources.store(tx, owner, [each for each in found if each is not None])
                item = outbox.Item(f"{mark}-item", owner, "refill", mark, "Task", f"{mark}-r", b"{}", "queued", 1, 1)
                outbox.add(tx, item)
    return Client(settings, ask=lambda: PASSPHRASE)


def everything(client: Client) -> Iterator[object]:
    """All that the services tell, of whoever is meant; what is not to be had is told, too."""
    exported = io.BytesIO()
    client.exports.to_stream(Order(), exported)
    yield exported.getvalue()
    yield from (
        client.records.list(),
        client.records.counts(),
        client.labs.list(),
        client.labs.list("x", abnormal=False),
    )
    yield from (client.medications.list(include_past=True), client.appointments.list(past=True), client.messages.list())
    yield from (client.refills.list(), client.outbox.list(), client.conflicts.list(), client.portals.meant())
    yield from (client.gaps.report(), client.records.search("x"), client.overview.status().next_appointment)
    for row in client.records.list().items:
        yield client.records.show(f"{row.type}/{row.id}")
        yield client.attachments.list(f"{row.type}/{row.id}")
    for call in (
        lambda: client.messages.show("a"),
        lambda: client.medications.match("med"),
        lambda: client.refills.show("a"),
        lambda: client.labs.show("Observation/a"),
        lambda: client.labs.trend("observation"),
    ):
        try:
            yield call()
        except NotFound as error:
            yield str(error)


@given(MADE, MADE)
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_of_one_patient_shows_with_another_though_all_their_ids_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, of_one: list[tuple[str, str]], of_two: list[tuple[str, str]]
) -> None:
    made = {ONE: of_one, TWO: of_two}
    with two_in_one(tmp_path_factory.mktemp("two"), made) as client:
        for own, other in ((ONE, TWO), (TWO, ONE)):
            client.choice = Choice(portal=own)
            told = [repr(value) for value in everything(client)]
            assert [text for text in told if other in text] == []
            assert client.records.list().total == len(made[own])
            client.choice = Choice(patient=f"Person {own}")
            assert [repr(value) for value in everything(client) if other in repr(value)] == []
        client.choice = Choice()
        for listing in (client.records, client.labs, client.messages, client.medications, client.refills):
            for row in listing.list().items:
                assert row.patient == f"Person {row.portal}"
                assert (TWO if row.portal == ONE else ONE) not in repr(row)
        assert len(client.records.list().items) == len(of_one) + len(of_two)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Client]:
    records = [(kind, "a") for kind in TYPES]
    with two_in_one(tmp_path, {ONE: records, TWO: records}) as client:
        yield client


@pytest.mark.parametrize("reference", ["Observation/a", "Condition/a"])
def test_an_id_that_two_patients_have_is_asked_about(both: Client, reference: str) -> None:
    with pytest.raises(Ambiguous) as caught:
        both.records.show(reference)
    assert caught.value.choices == (f"Person {ONE} at {ONE}", f"Person {TWO} at {TWO}")
    both.choice = Choice(portal=TWO)
    assert TWO in both.records.show(reference).fhir.decode()


def test_a_refill_of_what_two_patients_take_is_asked_about(both: Client) -> None:
    both.choice = Choice()
    with pytest.raises(Ambiguous):
        both.medications.match("medicationrequest")
    both.choice = Choice(patient=ONE)
    assert both.medications.match("medicationrequest")[1].portal == ONE


def test_threads_of_two_patients_are_never_one(both: Client) -> None:
    found = both.messages.list().items
    assert sorted(thread.portal for thread in found) == [ONE, TWO]
    assert all(len(thread.messages) == 1 for thread in found)


def test_a_default_portal_is_meant_until_all_are_asked_for(both: Client) -> None:
    settings = both.settings
    narrowed = Settings(settings.vault_dir, settings.config_file, portal=ONE)
    with Client(narrowed, ask=lambda: PASSPHRASE) as client:
        assert {row.portal for row in client.records.list().items} == {ONE}
        client.choice = Choice(every=True)
        assert {row.portal for row in client.records.list().items} == {ONE, TWO}
        client.choice = Choice(portal=TWO)
        assert {row.portal for row in client.records.list().items} == {TWO}
    saved = PortalSetting("work", f"https://{TWO}.example.org/fhir")
    with Client(
        Settings(settings.vault_dir, settings.config_file, portals=(saved,), portal="work"), ask=lambda: PASSPHRASE
    ) as client:
        assert {row.portal for row in client.records.list().items} == {TWO}


@pytest.mark.parametrize(
    "choice", [Choice(portal="nowhere"), Choice(patient="nobody"), Choice(portal=ONE, patient=TWO)]
)
def test_whoever_is_not_there_is_not_found(both: Client, choice: Choice) -> None:
    both.choice = choice
    with pytest.raises(NotFound):
        both.records.list()


def test_no_query_is_made_that_does_not_say_whose_records_it_is_about(client: Client) -> None:
    options = SandboxOptions(clinic_delay=3600, patients=2, resources=150)
    with Sandbox(options) as sandbox, statements.listening() as heard:
        for which in (0, 1):
            sign_in(client, sandbox, which)
        client.sync.run()
        client.sync.run(full=True)
        for _ in everything_of_many(client):
            pass
    assert statements.unscoped(heard) == []
    used = {name for one in heard for name in statements.tables_of(one)}
    assert used >= {"resource", "resource_fts", "absence", "quarantine", "change_conflict", "outbox_item", "attachment"}
    assert len({one.split("WHERE")[0] for one in heard if statements.tables_of(one)}) > 20


def everything_of_many(client: Client) -> Iterator[object]:
    first, second = client.portals.list()
    for choice in (Choice(), Choice(portal=first.name), Choice(patient=second.patient)):
        client.choice = choice
        yield from (client.records.list(limit=5), client.labs.list(), client.messages.list(), client.refills.list())
        yield from (client.medications.list(), client.appointments.list(past=True), client.overview.home())
        yield from (client.gaps.report(), client.outbox.list(), client.conflicts.list(), client.records.search("a"))
        yield client.exports.to_stream(Order("ndjson"), io.BytesIO())
        yield client.exports.to_stream(Order("csv", Wanted(("lab",))), io.BytesIO())
    client.choice = Choice(portal=first.name)
    one = client.records.list(("lab",)).items[0]
    yield client.records.show(f"{one.type}/{one.id}")
    yield (client.labs.show(f"{one.type}/{one.id}"), client.labs.trend(str(one.code)), client.labs.list("a", limit=1))
    document = next(row for row in client.records.list().items if row.type == "DocumentReference")
    yield client.attachments.fetch(f"DocumentReference/{document.id}")
    yield list(client.attachments.content(f"DocumentReference/{document.id}"))
    yield client.reminders.add(*suggested((Channel.TERMINAL,), with_details=True))
    yield (client.reminders.list(), client.reminders.due())
    yield client.reminders.run(lambda _: None)
    name = client.medications.list().items[0].name
    try:
        yield client.refills.submit(client.refills.plan(name))
    except PortalError as error:
        yield str(error)


def test_a_query_that_says_nothing_is_noticed() -> None:
    heard = [
        "SELECT id FROM resource WHERE kind IN (1)",
        "DELETE FROM quarantine WHERE type = 'x'",
        "SELECT resource.pk, resource.dictionary, resource.body FROM resource ORDER BY date",
        "SELECT a FROM outbox_item WHERE connection IN (SELECT id FROM connection)",
        "SELECT id FROM resource WHERE connection IN (1,2)",
        "SELECT pk FROM resource WHERE h IN (-5)",
    ]
    assert statements.unscoped(heard) == sorted(heard[:4])
