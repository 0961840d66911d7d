"""What was asked of records and is not settled is told by record, with what the record would become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from store.records.lossless import encode
from store.vault import outbox
from store.vault.outbox import Item, State
from tests.support.hostile import Offer, ScriptedPortal
from tests.support.signing import sign_in_to

if TYPE_CHECKING:
    from store.client import Client

VISIT = {"resourceType": "Appointment", "id": "a1", "status": "booked"}


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    portal.types["Task"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    sign_in_to(client, portal)
    return client


def put(client: Client, name: str, body: dict[str, Any], **parts: Any) -> None:
    facts: dict[str, Any] = {
        "id": name,
        "connection": 1,
        "kind": "change",
        "title": "a change",
        "type": str(body["resourceType"]),
        "request_id": name,
        "body": encode(body),
        "state": State.QUEUED.value,
        "created": 1_700_000_000,
        "updated": 1_700_000_000,
    }
    with client.vault.transaction() as tx:
        outbox.add(tx, Item(**{**facts, **parts}))


def change(client: Client, name: str, body: dict[str, Any], **parts: Any) -> None:
    target = f"{VISIT['resourceType']}/{VISIT['id']}"
    put(client, name, body, **{"interaction": "update", "target": target, "base": encode(VISIT), **parts})


def told(client: Client) -> list[tuple[str, str, str, str]]:
    return [(str(each.id), str(each.target), str(each.becomes), str(each.state)) for each in client.outbox.unsent()]


def test_changes_tell_the_status_that_the_record_would_have(ready: Client) -> None:
    change(ready, "n1", {**VISIT, "status": "cancelled"})
    change(ready, "n2", {**VISIT, "comment": "By train"}, state=State.REJECTED.value)
    change(ready, "n3", {**VISIT, "status": "arrived"}, base=b"", state=State.CONFLICT.value)
    assert told(ready) == [
        ("n1", "Appointment/a1", "cancelled", "queued"),
        ("n2", "Appointment/a1", "", "rejected"),
        ("n3", "Appointment/a1", "arrived", "conflict"),
    ]


def test_answers_tell_what_is_answered_and_other_new_records_nothing(ready: Client) -> None:
    response = {"resourceType": "AppointmentResponse", "participantStatus": "declined"}
    put(ready, "n1", response, kind="answer", focus="Appointment/a1")
    put(ready, "n2", {"resourceType": "Task", "status": "requested"}, kind="refill", focus="MedicationRequest/m1")
    assert [each[1:3] for each in told(ready)] == [("Appointment/a1", "declined"), ("MedicationRequest/m1", "")]


def test_what_is_settled_or_a_draft_or_about_no_record_is_not_told(ready: Client) -> None:
    change(ready, "n1", {**VISIT, "status": "cancelled"}, state=State.CONFIRMED.value)
    change(ready, "n2", {**VISIT, "status": "cancelled"}, state=State.CANCELLED.value)
    change(ready, "n3", {**VISIT, "status": "cancelled"}, state=State.DRAFT.value)
    put(ready, "n4", {"resourceType": "Appointment", "status": "proposed"})
    put(ready, "n5", {"resourceType": "Binary"}, kind=outbox.PART, focus="n4")
    assert told(ready) == []
