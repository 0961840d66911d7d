"""The outbox as the patient sees it: what stands where, and the ways out."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from store.errors import Ambiguous, InvalidInput, NotFound, Rejected, SignInNeeded, Unreachable, WrongState
from store.records.lossless import encode
from store.records.refills import REQUEST_ID_SYSTEM
from store.services.outbox_rows import WAYS
from store.vault import audit, outbox
from store.vault.outbox import Item, State
from tests.support.hostile import PATIENT, Offer, ScriptedPortal, outcome
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP, Answer
from tests.support.writable import WritablePortal

if TYPE_CHECKING:
    from store.client import Client

NAME = "0193a7c4-5e21-7b10-9c3d-1a6c2d7f0004"


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    portal.types["Task"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    sign_in_to(client, portal)
    client.sync.run()
    return client


def task(name: str = NAME, **parts: Any) -> bytes:
    identifier = [{"system": REQUEST_ID_SYSTEM, "value": name}]
    return json.dumps({"resourceType": "Task", "identifier": identifier, "status": "requested", **parts}).encode()


def put(client: Client, state: State = State.QUEUED, name: str = NAME, **parts: Any) -> None:
    item = Item(name, 1, "refill", "Lisinopril", "Task", name, task(name), state, 1_700_000_000, 1_700_000_000)
    with client.vault.transaction() as tx:
        outbox.add(tx, Item(**{**{slot: getattr(item, slot) for slot in Item.__slots__}, **parts}))


def noted(client: Client) -> list[tuple[str, str]]:
    with client.vault.reading() as connection:
        return [(line.action, line.what) for line in audit.lines(connection)]


def test_a_request_is_listed_and_shown_with_the_very_text_of_it(ready: Client) -> None:
    put(ready)
    (row,) = ready.outbox.list().items
    assert (row.id, row.kind, row.title, row.state, row.patient) == (NAME, "refill", "Lisinopril", "queued", "Ada Long")
    assert row.ways == ("retry", "edit", "cancel")
    found = ready.outbox.show(NAME)
    assert (found.row, found.fhir) == (row, task())
    assert ("read", f"request {NAME}") in noted(ready)


def test_only_what_is_not_settled_can_be_listed(ready: Client) -> None:
    for number, state in enumerate(State):
        put(ready, state, f"request-{number}")
    listed = {str(row.state) for row in ready.outbox.list(waiting=True).items}
    assert listed == set(State) - {State.CONFIRMED, State.CANCELLED}
    assert ready.outbox.list(limit=3).total == len(State)
    assert ready.outbox.list(limit=3).is_cut


def test_a_request_is_found_by_the_end_of_its_id_and_no_other_is_taken_for_it(ready: Client) -> None:
    put(ready)
    put(ready, name="0193a7c4-5e21-7b10-9c3d-1a6c2d7f0005")
    assert ready.outbox.find("0004").id == NAME
    with pytest.raises(Ambiguous):
        ready.outbox.find("0193a7c4")
    for typed in ("004", "gone", ""):
        with pytest.raises(NotFound, match="no request matches"):
            ready.outbox.find(typed)


def attempt(client: Client, way: str) -> None:
    if way == "retry":
        client.outbox.retry(NAME)
    elif way == "cancel":
        client.outbox.cancel(NAME)
    else:
        client.outbox.edit(NAME, task(priority="urgent"))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("way", ["retry", "edit", "cancel"])
def test_what_cannot_be_done_is_refused_and_changes_nothing(ready: Client, state: State, way: str) -> None:
    put(ready, state)
    if way in WAYS[state]:
        assert ready.outbox.check(NAME, way).row.state == state.value
        return
    with pytest.raises(WrongState, match=state):
        attempt(ready, way)
    assert ready.outbox.show(NAME).row.state == state.value


@pytest.mark.parametrize("state", [State.DRAFT, State.QUEUED, State.REJECTED])
def test_what_has_not_arrived_is_sent_by_hand(ready: Client, portal: ScriptedPortal, state: State) -> None:
    put(ready, state, not_before=int(time.time()) + 800)
    assert ready.outbox.retry(NAME).state == "confirmed"
    assert len(portal.created) == 1
    assert ("write", f"request {NAME} sent again") in noted(ready)


def test_what_is_sent_by_hand_without_a_connection_waits(ready: Client, portal: ScriptedPortal) -> None:
    put(ready, State.REJECTED)
    with ready.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET base_url = 'http://127.0.0.1:1/fhir'")
    assert ready.outbox.retry(NAME).state == "queued"
    assert portal.created == []


def test_what_is_in_doubt_and_cannot_be_sent_now_stays_in_doubt_and_says_so(
    ready: Client, portal: ScriptedPortal
) -> None:
    put(ready, State.UNKNOWN)
    portal.behaviours["GET /fhir/Task"] = HANG_UP
    with pytest.raises(Unreachable):
        ready.outbox.retry(NAME)
    portal.behaviours.clear()
    portal.accepted.clear()
    portal.refuses_refresh = True
    with pytest.raises(SignInNeeded):
        ready.outbox.retry(NAME)
    assert ready.outbox.show(NAME).row.state == "unknown"


def test_what_a_program_that_ended_was_sending_is_looked_up_and_sent(ready: Client, portal: ScriptedPortal) -> None:
    put(ready, State.SENDING)
    portal.behaviours["GET /fhir/Task"] = HANG_UP
    with pytest.raises(Unreachable):
        ready.outbox.retry(NAME)
    assert ready.outbox.show(NAME).row.state == "unknown"
    portal.behaviours.clear()
    assert ready.outbox.retry(NAME).state == "confirmed"
    assert len(portal.created) == 1


def test_a_refusal_is_told_when_it_is_sent_by_hand(ready: Client, portal: ScriptedPortal) -> None:
    put(ready)
    portal.behaviours["POST /fhir/Task"] = outcome(422, "no repeats left")
    with pytest.raises(Rejected, match="no repeats left"):
        ready.outbox.retry(NAME)


@pytest.mark.parametrize("state", [State.DRAFT, State.QUEUED, State.REJECTED, State.UNKNOWN])
def test_a_request_that_is_given_up_is_never_sent(ready: Client, portal: ScriptedPortal, state: State) -> None:
    put(ready, state)
    row = ready.outbox.cancel(NAME)
    assert (row.state, row.ways) == ("cancelled", ())
    assert ("may have it" in row.reason) is (state is State.UNKNOWN)
    ready.sync.run()
    assert portal.created == []
    assert ("write", f"request {NAME} cancelled") in noted(ready)


@pytest.mark.parametrize("state", [State.QUEUED, State.REJECTED])
def test_another_text_is_sent_in_its_place_under_the_same_identifier(
    ready: Client, portal: ScriptedPortal, state: State
) -> None:
    put(ready, state, attempts=3)
    assert ready.outbox.edit(NAME, task(priority="urgent")).state == "confirmed"
    (sent,) = map(json.loads, portal.created)
    assert (sent["priority"], sent["identifier"][0]["value"]) == ("urgent", NAME)
    assert ready.outbox.show(NAME).row.attempts == 1
    assert ("write", f"request {NAME} changed") in noted(ready)


def test_a_draft_that_is_changed_stays_one(ready: Client, portal: ScriptedPortal) -> None:
    put(ready, State.DRAFT)
    assert ready.outbox.edit(NAME, task(priority="urgent")).state == "draft"
    assert portal.created == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "no FHIR resource in JSON"),
        (b"[]", "no FHIR resource in JSON"),
        (b'{"a":"\xff"}', "no FHIR resource in JSON"),
        (task().replace(b"Task", b"Basic"), "resourceType has to stay Task"),
        (task("another"), "has to stay"),
        (task().replace(b"identifier", b"id"), "has to stay"),
        (task(), "nothing was changed"),
        (json.dumps(json.loads(task()), indent=2).encode(), "nothing was changed"),
    ],
)
def test_a_text_that_may_not_take_its_place_is_refused(ready: Client, body: bytes, why: str) -> None:
    put(ready)
    for attempt in (ready.outbox.check_edit, ready.outbox.edit):
        with pytest.raises(InvalidInput, match=why):
            attempt(NAME, body)
    assert ready.outbox.show(NAME).fhir == task()


def test_a_request_tells_when_it_is_due_and_what_it_waits_for(ready: Client) -> None:
    now = int(time.time())
    put(ready, State.QUEUED, "first", thread="t", created=1, not_before=now + 500)
    put(ready, State.QUEUED, "second", thread="t", created=2)
    second, first = ready.outbox.list().items
    assert first.not_before is not None
    assert first.not_before.epoch == now + 500
    assert (first.waits_for, second.waits_for) == ("", "first")
    with time_machine.travel(now + 501):
        assert ready.outbox.show("first").row.not_before is None


def test_a_change_has_to_be_one_of_a_record_that_is_there(ready: Client) -> None:
    with pytest.raises(NotFound):
        ready.outbox.add_update(1, "Patient/other", b"{}")


def test_a_change_may_not_make_it_another_record(client: Client) -> None:
    with WritablePortal() as portal:
        sign_in_to(client, portal)
        client.sync.run()
        target = f"Patient/{PATIENT}"
        for parts in ({"id": "p2"}, {"resourceType": "Person"}, {}):
            with pytest.raises(InvalidInput):
                client.outbox.add_update(1, target, encode({**portal.record, **parts}))
        assert client.outbox.list().items == ()


def test_text_of_a_portal_is_safe_to_show(ready: Client, portal: ScriptedPortal) -> None:
    put(ready, title="Lisi\x1b[31mnopril")
    portal.behaviours["POST /fhir/Task"] = Answer(422, b'{"issue":[{"diagnostics":"no\\u001b[2J"}]}')
    with pytest.raises(Rejected):
        ready.outbox.retry(NAME)
    row = ready.outbox.show(NAME).row
    assert "\x1b" not in row.title + row.reason
