"""Pushing changes: of the version they were made from, joined with the portal's, or left to the patient."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from store.errors import ConflictsWaiting, NotOffered, Rejected, Unreachable
from store.records.lossless import decode, encode
from store.vault import outbox
from store.vault.outbox import State
from tests.support.hostile import PATIENT, Offer, outcome
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP, Answer
from tests.support.writable import BOTH, CARELESS, ONLY_PATCH, ONLY_UPDATE, WritablePortal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client
    from store.services.outbox_rows import OutboxRow
    from tests.support.wire import Call

TARGET = f"Patient/{PATIENT}"


@pytest.fixture
def portal() -> Iterator[WritablePortal]:
    with WritablePortal() as running:
        running.change(gender="female", multipleBirthInteger=2, active=True)
        yield running


@pytest.fixture
def ready(client: Client, portal: WritablePortal) -> Client:
    sign_in_to(client, portal)
    client.sync.run()
    return client


def record(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = decode(client.records.show(TARGET).fhir)
    return found


def add(client: Client, **parts: Any) -> OutboxRow:
    changed = {name: value for name, value in {**record(client), **parts}.items() if value is not None}
    return client.outbox.add_update(1, TARGET, encode(changed))


def offer(client: Client, portal: WritablePortal, offered: Offer) -> None:
    portal.types["Patient"] = offered
    client.sync.run()


def item(client: Client) -> outbox.Item:
    with client.vault.reading() as connection:
        (found,) = outbox.items(connection)
    return found


@pytest.mark.parametrize(("offered", "method"), [(BOTH, "PUT"), (ONLY_UPDATE, "PUT"), (ONLY_PATCH, "PATCH")])
def test_a_change_is_sent_for_its_version_in_the_way_that_is_offered(
    ready: Client, portal: WritablePortal, offered: Offer, method: str
) -> None:
    offer(ready, portal, offered)
    row = add(ready, gender="other")
    assert (row.state, row.target, row.interaction) == ("queued", TARGET, "update")
    assert ready.outbox.send(row.id).state == "confirmed"
    (call,) = [call for call in portal.requests if call.method in {"PUT", "PATCH"}]
    assert (call.method, call.headers["if-match"]) == (method, 'W/"2"')
    assert record(ready) == portal.record
    assert portal.record["gender"] == "other"
    if method == "PATCH":
        assert decode(b'{"a":' + call.body + b"}")["a"] == [
            {"op": "test", "path": "/gender", "value": "female"},
            {"op": "replace", "path": "/gender", "value": "other"},
        ]


def test_a_portal_that_takes_no_changes_does_not_offer_them(ready: Client, portal: WritablePortal) -> None:
    offer(ready, portal, Offer(("read",), ()))
    with pytest.raises(NotOffered):
        add(ready, gender="other")


def test_a_change_that_is_not_offered_any_more_is_refused_in_words(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")
    offer(ready, portal, Offer(("read",), ()))
    found = ready.outbox.show(row.id).row
    assert (found.state, found.reason) == ("rejected", "the portal does not offer changes of a Patient")
    assert portal.writes == []


@pytest.mark.parametrize("stale", [409, 412])
@pytest.mark.parametrize("offered", [ONLY_UPDATE, ONLY_PATCH])
def test_a_change_of_something_else_is_joined_with_the_portals(
    ready: Client, portal: WritablePortal, offered: Offer, stale: int
) -> None:
    portal.stale = stale
    offer(ready, portal, offered)
    row = add(ready, gender="other")
    portal.change(active=False, extension=[{"url": "urn:x", "valueDecimal": "kept"}])
    assert ready.outbox.send(row.id).state == "confirmed"
    assert (portal.record["gender"], portal.record["active"]) == ("other", False)
    assert portal.record["extension"] == [{"url": "urn:x", "valueDecimal": "kept"}]
    assert len(portal.writes) == 1
    assert record(ready) == portal.record


@pytest.mark.parametrize("offered", [ONLY_UPDATE, ONLY_PATCH])
def test_a_change_of_the_same_thing_waits_for_the_patient(
    ready: Client, portal: WritablePortal, offered: Offer
) -> None:
    offer(ready, portal, offered)
    row = add(ready, gender="other")
    portal.change(gender="male", active=False)
    with pytest.raises(ConflictsWaiting):
        ready.outbox.send(row.id)
    found = ready.outbox.show(row.id).row
    assert (found.state, found.reason) == ("conflict", "the portal has changed the same thing")
    assert portal.writes == []
    assert ready.sync.run().failures == ()
    assert [conflict.request for conflict in ready.conflicts.list().items] == [row.id]


def test_a_patch_whose_test_fails_without_a_version_is_a_conflict_too(ready: Client, portal: WritablePortal) -> None:
    offer(ready, portal, ONLY_PATCH)
    row = add(ready, gender="other")
    portal.change(gender="male")
    portal.behaviours["PATCH /fhir/Patient"] = outcome(400, "the test failed")
    with pytest.raises(ConflictsWaiting):
        ready.outbox.send(row.id)


@pytest.mark.parametrize("status", [400, 403, 409, 412, 422])
def test_a_refusal_while_nothing_has_changed_is_no_conflict(ready: Client, portal: WritablePortal, status: int) -> None:
    row = add(ready, gender="other")
    portal.behaviours["PUT /fhir/Patient"] = outcome(status, "gender is not yours to change")
    with pytest.raises(Rejected, match="not yours to change"):
        ready.outbox.send(row.id)
    assert ready.outbox.show(row.id).row.state == "rejected"
    assert ready.conflicts.list().items == ()


def test_a_portal_that_does_not_promise_to_look_at_versions_is_looked_at_first(
    ready: Client, portal: WritablePortal
) -> None:
    portal.looks_at_version = False
    offer(ready, portal, CARELESS)
    row = add(ready, gender="other")
    portal.change(active=False)
    assert ready.outbox.send(row.id).state == "confirmed"
    assert (portal.record["gender"], portal.record["active"]) == ("other", False)
    row = add(ready, gender="male")
    portal.change(gender="unknown")
    with pytest.raises(ConflictsWaiting):
        ready.outbox.send(row.id)
    assert portal.record["gender"] == "unknown"


@pytest.mark.parametrize("demands", [True, False])
def test_a_record_without_a_version_is_compared_before_it_is_changed(
    ready: Client, portal: WritablePortal, *, demands: bool
) -> None:
    portal.tells_version = False
    portal.change(active=False)
    portal.behaviours[f"/fhir/{TARGET}"] = lambda call: without_tag(portal, call)
    ready.sync.run(full=True)
    row = add(ready, gender="other")
    portal.change(maritalStatus={"text": "Single"})
    if demands:
        portal.demands = True
        portal.behaviours.clear()
        portal.tells_version = True
        portal.put(portal.record)
    assert ready.outbox.send(row.id).state == "confirmed"
    assert (portal.record["gender"], portal.record["maritalStatus"]) == ("other", {"text": "Single"})


def without_tag(portal: WritablePortal, call: Call) -> Answer:
    answer = portal.usual(call)
    return Answer(answer.status, answer.body, {"Content-Type": "application/fhir+json"})


@pytest.mark.parametrize("stores", [True, False])
@pytest.mark.parametrize("offered", [ONLY_UPDATE, ONLY_PATCH])
def test_a_change_whose_answer_was_lost_is_made_once(
    ready: Client, portal: WritablePortal, offered: Offer, *, stores: bool
) -> None:
    offer(ready, portal, offered)
    row = add(ready, gender="other")
    lose(portal, stores=stores)
    with pytest.raises(Unreachable):
        ready.sync.run()
    assert ready.outbox.show(row.id).row.state == "unknown"
    portal.behaviours.clear()
    ready.sync.run()
    assert ready.outbox.show(row.id).row.state == "confirmed"
    assert len(portal.writes) == 1
    assert portal.record["gender"] == "other"


def lose(portal: WritablePortal, *, stores: bool) -> None:
    def behave(call: Call) -> Answer:
        if stores:
            portal.usual(call)
        return HANG_UP

    portal.behaviours["PUT /fhir/Patient"] = portal.behaviours["PATCH /fhir/Patient"] = behave


def test_a_lost_change_that_arrived_and_was_changed_again_is_not_undone(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")
    lose(portal, stores=True)
    with pytest.raises(Unreachable):
        ready.sync.run()
    portal.behaviours.clear()
    portal.change(active=False)
    ready.sync.run()
    assert ready.outbox.show(row.id).row.state == "confirmed"
    assert (portal.record["gender"], portal.record["active"], len(portal.writes)) == ("other", False, 1)


def test_a_lost_change_that_did_not_arrive_is_joined_with_what_came_between(
    ready: Client, portal: WritablePortal
) -> None:
    row = add(ready, gender="other")
    lose(portal, stores=False)
    with pytest.raises(Unreachable):
        ready.sync.run()
    portal.behaviours.clear()
    portal.change(active=False)
    ready.sync.run()
    assert ready.outbox.show(row.id).row.state == "confirmed"
    assert (portal.record["gender"], portal.record["active"], len(portal.writes)) == ("other", False, 1)


def test_a_lost_change_that_overlaps_by_now_waits_for_the_patient(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")
    lose(portal, stores=False)
    with pytest.raises(Unreachable):
        ready.sync.run()
    portal.behaviours.clear()
    portal.change(gender="male")
    assert "conflict" in ready.sync.run().failures[0]
    assert ready.outbox.show(row.id).row.state == "conflict"


def test_a_page_about_repairs_is_no_answer_to_a_change(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")
    portal.behaviours["PUT /fhir/Patient"] = Answer(200, b"<html>down for repair</html>")
    assert ready.outbox.send(row.id).state == "unknown"
    portal.behaviours.clear()
    assert ready.sync.run().failures == ()
    assert (ready.outbox.show(row.id).row.state, portal.record["gender"]) == ("confirmed", "other")


def test_a_crash_while_a_change_is_sent_is_compared_first(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")
    with ready.vault.transaction() as tx:
        outbox.move(tx, row.id, State.SENDING)
    portal.change(gender="other")
    ready.sync.run()
    assert ready.outbox.show(row.id).row.state == "confirmed"
    assert portal.writes == []


def test_a_record_that_changes_with_every_try_is_left_for_later(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")

    def always_newer(_: Call) -> None:
        portal.change(active=not portal.record["active"])

    portal.behaviours["PUT /fhir/Patient"] = always_newer
    found = ready.outbox.send(row.id)
    assert (found.state, found.reason) == ("queued", "the portal changes the record again and again")
    assert portal.count("PUT", f"/fhir/{TARGET}") == 4
    portal.behaviours.clear()
    with time_machine.travel(time.time() + 1_000):
        ready.sync.run()
    assert portal.record["gender"] == "other"


def test_a_record_that_is_gone_is_told(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")
    portal.behaviours["PUT /fhir/Patient"] = outcome(412, "no such version")
    portal.behaviours["GET /fhir/Patient"] = outcome(410, "it was merged with another")
    with pytest.raises(Rejected, match="does not have the record any more: it was merged"):
        ready.outbox.send(row.id)


def test_a_record_that_cannot_be_read_leaves_the_change_waiting(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other")
    portal.behaviours["PUT /fhir/Patient"] = outcome(412, "no such version")
    portal.behaviours["GET /fhir/Patient"] = Answer(500)
    found = ready.outbox.send(row.id)
    assert (found.state, "could not be read" in found.reason) == ("queued", True)
    portal.behaviours.clear()
    assert ready.outbox.retry(row.id).state == "confirmed"


def test_changes_of_one_record_are_sent_in_their_order_each_on_top_of_the_last(
    ready: Client, portal: WritablePortal
) -> None:
    first = add(ready, gender="other")
    second = add(ready, active=False)
    ready.outbox.send(second.id)
    assert [ready.outbox.show(row.id).row.state for row in (first, second)] == ["confirmed", "confirmed"]
    assert (portal.record["gender"], portal.record["active"]) == ("other", False)


def test_a_change_that_was_made_from_an_older_version_undoes_nothing_that_came_since(
    ready: Client, portal: WritablePortal
) -> None:
    older = record(ready)
    portal.change(active=False)
    ready.sync.run()
    row = ready.outbox.add_update(1, TARGET, encode({**older, "gender": "other"}), base=encode(older))
    assert ready.outbox.send(row.id).state == "confirmed"
    assert (portal.record["gender"], portal.record["active"]) == ("other", False)


def test_a_draft_is_not_sent_until_the_patient_says_so(ready: Client, portal: WritablePortal) -> None:
    changed = encode({**record(ready), "gender": "other"})
    row = ready.outbox.add_update(1, TARGET, changed, is_draft=True)
    ready.sync.run()
    assert (ready.outbox.show(row.id).row.state, portal.writes) == ("draft", [])
    assert ready.outbox.retry(row.id).state == "confirmed"


def test_what_the_portal_made_of_a_change_is_told(ready: Client, portal: WritablePortal) -> None:
    row = add(ready, gender="other", active=False)

    def lie(call: Call) -> Answer:
        answer = portal.usual(call)
        portal.put({**portal.record, "active": True})
        return answer

    portal.behaviours["PUT /fhir/Patient"] = lie
    found = ready.outbox.send(row.id)
    assert (found.state, found.reason) == ("confirmed", "the portal changed or left out: active")
    assert record(ready)["active"] is True


def test_digits_and_unknown_elements_reach_the_portal_as_they_were(ready: Client, portal: WritablePortal) -> None:
    portal.resources["Patient"][PATIENT] = portal.resources["Patient"][PATIENT].replace(
        b'"active":true', b'"active":true,"weight":70.50,"unheardOf":{"a":[1E+2]}'
    )
    ready.sync.run(full=True)
    row = add(ready, gender="other")
    portal.number += 1
    portal.put({**portal.record, "active": False})
    assert ready.outbox.send(row.id).state == "confirmed"
    assert b'"weight":70.50' in portal.writes[0]
    assert b'"unheardOf":{"a":[1E+2]}' in portal.writes[0]
    assert item(ready).attempts == 1
