"""Syncs of several portals, one at a time, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from store.errors import NotFound, NotOffered, SignInNeeded, Unreachable, VaultBusy
from store.services import turns
from store.vault import reading
from tests.support.hostile import Offer, ScriptedPortal, resource
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from store.client import Client

ORDER = resource("MedicationRequest", "m1", status="active", medicationCodeableConcept={"text": "Lisinopril"})


def test_a_vault_without_a_sign_in_has_nothing_to_sync(client: Client) -> None:
    client.open_or_create()
    with pytest.raises(SignInNeeded):
        client.sync.run()


def test_a_portal_that_is_down_does_not_stop_the_others(client: Client, portal: ScriptedPortal) -> None:
    with ScriptedPortal() as other:
        sign_in_to(client, portal, "one")
        sign_in_to(client, other, "two")
        portal.behaviours["GET /"] = HANG_UP
        report = client.sync.run()
        assert [item.portal for item in report.portals] == ["two"]
        assert len(report.failures) == len(report.broken) == 1
        assert (report.received, report.changed) == (1, 0)
        with pytest.raises(Unreachable):
            client.sync.run("one")
        assert client.sync.run("two").failures == ()
        assert client.sync.run(other.base_url + "/").failures == ()
        with pytest.raises(NotFound) as caught:
            client.sync.run("three")
        assert caught.value.close == ("one", "two")


def test_a_sync_is_noted_in_the_audit_trail(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    portal.add(resource("Observation", "o1"))
    client.sync.run()
    with client.vault.reading() as connection:
        lines = reading.audit_lines(connection, 5)
    assert lines[0][4:] == ("sync", "2 received, 1 changed")


def test_one_sync_runs_at_a_time_and_a_request_waits_for_the_next(
    client: Client, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.types["Task"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    portal.add(ORDER)
    sign_in_to(client, portal)
    client.sync.run()
    monkeypatch.setattr(turns, "_LOCK_SECONDS", 0.05)
    with FileLock(client.settings.vault_dir / "sync.lock"):
        with pytest.raises(VaultBusy, match="sync"):
            client.sync.run()
        assert client.refills.submit(client.refills.plan("lisinopril")).status == "queued"
    client.sync.run()
    assert len(portal.created) == 1


def test_an_interaction_must_be_declared_and_granted(client: Client, portal: ScriptedPortal) -> None:
    portal.types["Task"] = Offer(("read", "create"), ())
    portal.token_extra = {"scope": "patient/*.rs"}
    sign_in_to(client, portal)
    with pytest.raises(NotOffered, match="refill requests"):
        client.sync.check_offers(client.portals.choose(), "Task", "create", "c", "refill requests")
    portal.token_extra = {}
    sign_in_to(client, portal)
    client.sync.check_offers(client.portals.choose(), "Task", "create", "c", "refill requests")
    with pytest.raises(NotOffered):
        client.sync.check_offers(client.portals.choose(), "Task", "update", "u", "x")


def test_a_greeting_that_fails_leaves_the_sign_in_standing(client: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["/fhir/Patient/p1"] = Answer(500)
    summary = sign_in_to(client, portal)
    assert (summary.is_signed_in, summary.patient_name) == (True, "")
