"""Refill requests between the client and the practice portal: what crosses on the way, and what is lost on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.errors import ConflictsWaiting, Rejected
from store.services.conflicts import Choice
from tests.conftest import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.client import Client


@pytest.fixture
def practice() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(clinic_delay=3600, faults="")) as running:
        yield running


@pytest.fixture
def ada(client: Client, practice: Sandbox) -> Client:
    sign_in(client, practice)
    client.sync.run()
    return client


def move(practice: Sandbox, request_id: str, *statuses: str) -> None:
    for status in statuses:
        version = practice.portal.repository.current("Task", request_id)
        assert version
        practice.clinic.refilling.move(version, status)


def test_a_cancellation_that_crosses_with_the_pharmacy_is_yours_to_decide_and_keeps_its_words(
    practice: Sandbox, ada: Client
) -> None:
    asked = ada.refills.submit(ada.refills.plan("lisinopril"))
    plan = ada.refills.plan_cancel(str(asked.id), "found some")
    move(practice, str(asked.id), "received", "accepted", "in-progress")
    with pytest.raises(ConflictsWaiting) as caught:
        ada.refills.cancel(plan)
    with pytest.raises(Rejected, match="cannot become cancelled"):
        ada.conflicts.resolve(caught.value.ids[0], Choice.MINE)
    (kept,) = ada.outbox.list(waiting=True).items
    assert kept.state == "rejected"
    assert "cannot become cancelled" in kept.reason
    assert json.loads(ada.outbox.show(str(kept.id)).fhir)["statusReason"]["text"] == "found some"
    version = practice.portal.repository.current("Task", str(asked.id))
    assert version
    assert version.resource()["status"] == "in-progress"


def test_a_cancellation_whose_answer_is_lost_is_made_once(practice: Sandbox, ada: Client) -> None:
    asked = ada.refills.submit(ada.refills.plan("lisinopril"))
    plan = ada.refills.plan_cancel(str(asked.id), "found some")
    practice.faults.cut_next("after", method="PUT", path="/fhir/Task")
    ada.refills.cancel(plan)
    ada.sync.run()
    assert ada.refills.show(str(asked.id)).status == "cancelled"
    assert len(practice.portal.repository.history("Task", str(asked.id))) == 2
    assert ada.outbox.list(waiting=True).items == ()


def test_what_another_device_asked_for_is_not_asked_for_again(
    practice: Sandbox, ada: Client, make_client: Callable[[], Client]
) -> None:
    plan = ada.refills.plan("lisinopril")
    repository = practice.portal.repository
    task = {**json.loads(plan.fhir), "identifier": [{"system": "urn:another", "value": "device"}]}
    repository.create(task, practice.sign_ins[0].patient)
    with pytest.raises(Rejected, match="open request for it already"):
        ada.refills.submit(plan)
    (kept,) = ada.outbox.list(waiting=True).items
    assert kept.state == "rejected"
    assert sum(plan.request_id in version.body.decode() for version in repository.everything("Task")) == 0
    with make_client() as again:
        assert again.outbox.list(waiting=True).items[0].id == kept.id


def test_a_refill_made_without_a_connection_is_sent_once_by_the_next_sync(practice: Sandbox, ada: Client) -> None:
    plan = ada.refills.plan("lisinopril", "from the mountains")
    practice.faults.cut_next("before", method="POST", path="/fhir/Task")
    ada.refills.submit(plan)
    ada.sync.run()
    ada.sync.run()
    found = [
        version for version in practice.portal.repository.everything("Task") if plan.request_id in str(version.body)
    ]
    assert len(found) == 1
    assert found[0].resource()["note"][0]["text"] == "from the mountains"


def test_the_steps_of_a_request_are_forgotten_with_its_portal(ada: Client) -> None:
    ada.refills.submit(ada.refills.plan("lisinopril"))
    assert _steps_kept(ada)
    ada.sign_ins.end(erase=True)
    assert not _steps_kept(ada)


def _steps_kept(client: Client) -> int:
    with client.vault.reading() as connection:
        found = connection.execute("SELECT count(*) FROM setting WHERE name LIKE 'refill steps %'")
        return int(found.fetchone()[0])
