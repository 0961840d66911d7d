"""What a shell is offered: the same ids as the lists have, told without reading a record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from store.services.appointments import Which
from store.vault import outbox
from store.vault.outbox import Item, State
from tests.support.hostile import PATIENT, Offer, ScriptedPortal, resource
from tests.support.signing import sign_in_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client

SUBJECT = {"reference": f"Patient/{PATIENT}"}
READS = Offer(("read", "search-type"), ("patient", "identifier"))
CHART = (
    resource("AllergyIntolerance", "a1", patient=SUBJECT, code={"text": "Penicillin"},
             clinicalStatus={"coding": [{"code": "active"}]}),
    resource("AllergyIntolerance", "a2", patient=SUBJECT, code={"text": "Nuts"},
             clinicalStatus={"coding": [{"code": "resolved"}]}),
    resource("AllergyIntolerance", "a3", patient=SUBJECT, code={"text": "Dust"},
             verificationStatus={"coding": [{"code": "entered-in-error"}]}),
    resource("Coverage", "c1", beneficiary=SUBJECT, status="active", payor=[{"display": "Example Health"}]),
    resource("Coverage", "c2", beneficiary=SUBJECT, status="cancelled", payor=[{"display": "Other"}]),
    resource("Appointment", "v1", status="booked", start="2099-01-05T09:00:00Z", end="2099-01-05T09:20:00Z"),
    resource("Appointment", "v2", status="proposed", requestedPeriod=[{"start": "2099-02-05T09:00:00Z"}]),
    resource("Appointment", "v3", status="booked", start="2001-01-05T09:00:00Z", end="2001-01-05T09:20:00Z"),
    resource("Appointment", "v4", status="cancelled", start="2099-01-05T09:00:00Z"),
)  # fmt: skip
MADE = ("Task", "Appointment", "AllergyIntolerance", "Coverage", "Communication")


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    """A chart, and in the outbox one new record of each type that waits, one given up, and a change of another."""
    for name in MADE:
        portal.types[name] = READS
    portal.add(*CHART)
    sign_in_to(client, portal)
    client.sync.run()
    with client.vault.transaction() as tx:
        for name in MADE:
            outbox.add(tx, item(f"new-{name.lower()}", name, State.QUEUED))
            outbox.add(tx, item(f"over-{name.lower()}", name, State.CANCELLED))
            outbox.add(tx, item(f"change-{name.lower()}", name, State.QUEUED, interaction="update"))
    return client


def item(request: str, type_name: str, state: State, interaction: str = "create") -> Item:
    body = json.dumps({"resourceType": type_name, "status": "proposed", "subject": SUBJECT}).encode()
    kind = "refill" if type_name == "Task" and interaction == "create" else type_name.lower()
    target = f"{type_name}/x" if interaction == "update" else ""
    return Item(
        request, 1, kind, f"What is {request}", type_name, request, body, state, 1_700_000_000, 1_700_000_000,
        interaction=interaction, target=target, base=body if target else b"",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("offered", "listed"),
    [
        (
            lambda client: client.offers.appointments(),
            lambda client: client.appointments.list(which=Which(requested=True)),
        ),
        (lambda client: client.offers.allergies(), lambda client: client.allergies.list()),
        (lambda client: client.offers.insurance(), lambda client: client.insurance.list()),
        (lambda client: client.offers.refills(), lambda client: client.refills.list()),
        (lambda client: client.offers.outbox(), lambda client: client.outbox.list()),
        (lambda client: client.offers.threads(), lambda client: client.messages.list()),
    ],
    ids=["appointments", "allergies", "insurance", "refills", "outbox", "threads"],
)
def test_what_is_offered_is_what_is_listed(
    offered: Callable[[Client], list[tuple[str, str]]], listed: Callable[[Client], object], ready: Client
) -> None:
    found = [value for value, _ in offered(ready)]
    wanted = [one.id for one in listed(ready).items]  # type: ignore[attr-defined] # a listing of what has an id
    assert found
    assert sorted(found) == sorted(wanted)
