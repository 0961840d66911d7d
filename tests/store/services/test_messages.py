"""Messages in threads, however a portal ties them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import NotFound
from store.vault import reading
from tests.support.filling import fill
from tests.support.hostile import resource

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal

DOCTOR = {"reference": "Practitioner/d1", "display": "Dr Who"}
ADA = {"reference": "Patient/p1", "display": "Ada"}


def message(record_id: str, sent: str, parent: str | None = None, **fields: object) -> bytes:
    part_of = {"partOf": [{"reference": f"Communication/{parent}"}]} if parent else {}
    basics = {"status": "completed", "sent": sent, "sender": DOCTOR, "payload": [{"contentString": record_id}]}
    return resource("Communication", record_id, **{**basics, **part_of, **fields})


def test_a_header_and_its_messages_are_one_thread(client: Client, portal: ScriptedPortal) -> None:
    header = resource("Communication", "head", status="in-progress", topic={"text": "Refill"}, sender=ADA)
    fill(
        client,
        portal,
        header,
        message("m2", "2025-01-02T10:00:00Z", "head", status="in-progress"),
        message("m1", "2025-01-01T10:00:00Z", "head", sender=ADA),
        message("flat", "2025-01-03T10:00:00Z", topic={"text": "Hello"}),
    )
    found = client.messages.list()
    assert [thread.id for thread in found.items] == ["flat", "head"]
    thread = found.items[1]
    assert ([item.id for item in thread.messages], thread.subject, thread.unread) == (["m1", "m2"], "Refill", 1)
    assert thread.people == ("Ada", "Dr Who")
    assert [item.id for item in client.messages.list(unread=True).items] == ["head"]
    cut = client.messages.list(limit=1)
    assert (len(cut.items), cut.total) == (1, 2)


def test_a_thread_is_shown_by_any_of_its_ids_and_noted(client: Client, portal: ScriptedPortal) -> None:
    fill(client, portal, message("m1", "2025-01-01T10:00:00Z"), message("m2", "2025-01-02T10:00:00Z", "m1"))
    for name in ("m1", "m2", "Communication/m2"):
        assert client.messages.show(name).id == "m1"
    with client.vault.reading() as connection:
        assert reading.audit_lines(connection, 1)[0][4:] == ("read", "Communication/m1")
    with pytest.raises(NotFound):
        client.messages.show("none")


def test_replies_to_a_message_that_is_not_here_are_one_thread(client: Client, portal: ScriptedPortal) -> None:
    fill(
        client,
        portal,
        message("m1", "2025-01-01T10:00:00Z", "gone"),
        message("m2", "2025-01-02T10:00:00Z", "gone"),
        message("m3", "2025-01-03T10:00:00Z", "m2"),
    )
    (thread,) = client.messages.list().items
    assert (thread.id, [item.id for item in thread.messages]) == ("gone", ["m1", "m2", "m3"])


def test_messages_that_answer_each_other_in_a_ring_are_one_thread(client: Client, portal: ScriptedPortal) -> None:
    fill(
        client,
        portal,
        message("a", "2025-01-01T10:00:00Z", "c"),
        message("b", "2025-01-02T10:00:00Z", "a"),
        message("c", "2025-01-03T10:00:00Z", "b"),
        message("tail", "2025-01-04T10:00:00Z", "c"),
        message("self", "2025-01-05T10:00:00Z", "self"),
    )
    own, ring = client.messages.list().items
    assert (own.id, [item.id for item in own.messages]) == ("self", ["self"])
    assert (ring.id, [item.id for item in ring.messages]) == ("a", ["a", "b", "c", "tail"])


def test_a_thread_without_messages_or_dates_is_last(client: Client, portal: ScriptedPortal) -> None:
    undated = resource("Communication", "undated", status="completed", payload=[{"contentString": "x"}])
    fill(client, portal, resource("Communication", "head", sender=ADA), undated, message("m", "2025-01-01T10:00:00Z"))
    found = client.messages.list().items
    assert found[0].id == "m"
    empty = next(thread for thread in found if thread.id == "head")
    assert (empty.messages, empty.people, empty.last) == ((), ("Ada",), None)
