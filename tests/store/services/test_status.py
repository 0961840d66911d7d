"""The state of things at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.vault import connections
from tests.support.filling import fill
from tests.support.hostile import Offer, ScriptedPortal, resource
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP

if TYPE_CHECKING:
    from store.client import Client

LAB = {"category": [{"coding": [{"code": "laboratory"}]}]}
ORDER = resource("MedicationRequest", "m1", status="active", medicationCodeableConcept={"text": "Lisinopril"})


def test_an_empty_vault_has_nothing_in_it_and_nowhere_to_sign_in_again(client: Client) -> None:
    client.open_or_create()
    status = client.overview.status()
    assert not status.needs_sign_in
    assert (status.portals, status.synced, status.next_appointment) == ((), None, None)
    assert (status.records, status.unread, status.waiting) == (0, 0, 0)


def test_the_status_tells_what_comes_what_is_new_and_what_waits(client: Client, portal: ScriptedPortal) -> None:
    portal.types["Task"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    fill(
        client,
        portal,
        ORDER,
        resource("Appointment", "soon", status="booked", start="2099-01-01T10:00:00Z"),
        resource("Appointment", "later", status="booked", start="2099-02-01T10:00:00Z"),
        resource("Communication", "m", status="in-progress", payload=[{"contentString": "x"}]),
        *(resource("Observation", f"o{place}", code={"text": "x"}, **LAB) for place in range(3)),
    )
    portal.behaviours["POST /fhir/Task"] = HANG_UP
    client.refills.submit(client.refills.plan("lisinopril"))
    status = client.overview.status()
    assert status.next_appointment
    assert (status.next_appointment.id, status.unread, status.waiting, status.records) == ("soon", 1, 1, 8)
    assert status.synced
    assert not status.needs_sign_in
    home = client.overview.home(limit=2)
    assert [len(part) for part in (home.upcoming, home.results, home.threads, home.refills)] == [2, 2, 1, 1]
    assert home.status == status


def test_the_portal_that_was_in_step_longest_ago_tells_the_time(client: Client, portal: ScriptedPortal) -> None:
    fill(client, portal)
    with ScriptedPortal() as other:
        sign_in_to(client, other, "other")
        assert client.overview.status().synced is None
        with client.vault.transaction() as tx:
            connections.mark_synced(tx, 2, 1_000_000_000)
        synced = client.overview.status().synced
        assert synced
        assert synced.epoch == 1_000_000_000
        client.sign_ins.end("other")
    assert client.overview.status().needs_sign_in
