"""Records that do not stand: gone from their portal, or withdrawn as entered in error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.vault import absences
from tests.support.hostile import ScriptedPortal, resource
from tests.support.signing import sign_in_to

if TYPE_CHECKING:
    from store.client import Client

LAB = [{"coding": [{"code": "laboratory"}]}]


def lab(record_id: str, status: str = "final") -> bytes:
    return resource("Observation", record_id, status=status, category=LAB, code={"text": record_id})


@pytest.fixture
def filled(client: Client, portal: ScriptedPortal) -> Client:
    sign_in_to(client, portal)
    medicine = {"status": "active", "intent": "order", "medicationCodeableConcept": {"text": "Aspirin"}}
    portal.add(
        *(lab(name) for name in ("a", "b", "c")),
        lab("wrong", "entered-in-error"),
        resource("MedicationRequest", "m", **medicine),
        resource("Appointment", "soon", status="booked", start="2099-01-01T10:00:00Z"),
        b'{"resourceType":"Observation","id":"stub","status":"entered-in-error"}',
    )
    assert client.sync.run().failures == ()
    with client.vault.transaction() as tx:
        rows = tx.connection.execute("SELECT pk FROM resource WHERE id IN ('b', 'm', 'soon')").fetchall()
        absences.mark(tx, [pk for (pk,) in rows], 1_764_000_000)
    return client


def test_noun_lists_leave_out_what_does_not_stand_and_count_so(filled: Client) -> None:
    found = filled.labs.list()
    assert ({str(item.id) for item in found.items}, found.total) == ({"a", "c"}, 2)
    assert filled.labs.list(limit=1).total == 2
    assert filled.labs.list("wrong").items == ()
    assert filled.medications.list().items == ()
    assert filled.appointments.list().items == ()


def test_lists_of_everything_have_it_and_say_so(filled: Client) -> None:
    gone = {str(item.id): item.gone for item in filled.records.list().items}
    assert {name for name, at in gone.items() if at} == {"b", "m", "soon"}
    assert {"wrong", "stub"} <= gone.keys()
    assert len(filled.medications.list(include_past=True).items) == 1
    assert len(filled.appointments.list(past=True).items) == 1
    shown = filled.records.show("Observation/b").row.gone
    assert shown is not None
    assert shown.epoch == 1_764_000_000
    assert filled.records.search("b").items[0].gone
    assert filled.records.show("Observation/stub").row.status == "entered-in-error"
