"""Pushing: each request reaches the portal once, and a lost answer is looked up before anything else."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import time_machine

from store import events
from store.errors import AlreadyRequested, Rejected, Unreachable
from store.records.refills import REQUEST_ID_SYSTEM
from store.sync.backoff import LONGEST_SECONDS
from store.vault import outbox
from store.vault.outbox import State
from tests.support.hostile import Offer, ScriptedPortal, bundle, outcome, resource
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client
    from store.events import Event
    from store.services.refills import RefillRow
    from store.services.sync import SyncReport
    from tests.support.wire import Call

ORDER = resource(
    "MedicationRequest", "m1", status="active", intent="order", medicationCodeableConcept={"text": "Lisinopril 10 MG"}
)
SEARCHABLE = Offer(("read", "search-type", "create"), ("patient", "identifier"))
CONDITIONAL = Offer(("read", "search-type", "create"), ("patient", "identifier"), conditional_create=True)
BY_PATIENT = Offer(("read", "search-type", "create"), ("patient",))
ONLY_CONDITIONAL = Offer(("read", "create"), (), conditional_create=True)
BLIND = Offer(("read", "create"), ())


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    portal.add(ORDER)
    portal.types["Task"] = SEARCHABLE
    sign_in_to(client, portal)
    client.sync.run()
    return client


def offer(client: Client, portal: ScriptedPortal, offered: Offer) -> None:
    portal.types["Task"] = offered
    client.sync.run()


def ask(client: Client) -> RefillRow:
    return client.refills.submit(client.refills.plan("lisinopril"))


def item(client: Client) -> outbox.Item:
    with client.vault.reading() as connection:
        (found,) = outbox.items(connection)
    return found


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with time_machine.travel(time.time() + seconds):
        yield


def sent(report: SyncReport) -> list[tuple[str, str]]:
    return [(str(line.state), str(line.reason)) for line in report.portals[0].sent]


def lose_answer(portal: ScriptedPortal, *, stores: bool) -> None:
    def behave(call: Call) -> Answer:
        if stores:
            portal.usual(call)
        return HANG_UP

    portal.behaviours["POST /fhir/Task"] = behave


def test_a_request_is_sent_and_what_exists_now_is_kept(ready: Client, portal: ScriptedPortal) -> None:
    row = ask(ready)
    assert (row.status, row.id, row.is_waiting) == ("requested", "new-1", False)
    assert (item(ready).state, item(ready).result, item(ready).attempts) == (State.CONFIRMED, "Task/new-1", 1)
    assert portal.created == [item(ready).body]
    assert ready.records.show("Task/new-1").fhir == portal.resources["Task"]["new-1"]
    assert sent(ready.sync.run()) == []
    assert len(portal.created) == 1


@pytest.mark.parametrize("offered", [CONDITIONAL, ONLY_CONDITIONAL])
@pytest.mark.parametrize("stores", [True, False])
def test_a_request_whose_answer_was_lost_is_made_exactly_once_where_nothing_is_made_twice(
    ready: Client, portal: ScriptedPortal, offered: Offer, *, stores: bool
) -> None:
    offer(ready, portal, offered)
    lose_answer(portal, stores=stores)
    row = ask(ready)
    assert (row.status, row.is_waiting) == ("unknown", True)
    assert len(portal.created) == stores
    portal.behaviours.clear()
    report = ready.sync.run()
    assert sent(report) == [("confirmed", "")]
    assert len(portal.created) == 1
    assert ready.refills.show(row.request_id).status == "requested"
    assert len(ready.refills.list().items) == 1
    assert sent(ready.sync.run()) == []


@pytest.mark.parametrize("offered", [SEARCHABLE, BY_PATIENT])
def test_a_request_that_the_portal_shows_is_confirmed_without_being_sent_again(
    ready: Client, portal: ScriptedPortal, offered: Offer
) -> None:
    offer(ready, portal, offered)
    lose_answer(portal, stores=True)
    row = ask(ready)
    portal.behaviours.clear()
    assert sent(ready.sync.run()) == [("confirmed", "")]
    assert portal.count("POST", "/fhir/Task") == 1
    assert ready.refills.show(row.request_id).status == "requested"
    assert sent(ready.sync.run()) == []


@pytest.mark.parametrize("offered", [SEARCHABLE, BY_PATIENT])
def test_that_a_search_finds_nothing_is_no_proof_and_the_patient_is_asked(
    ready: Client, portal: ScriptedPortal, offered: Offer
) -> None:
    offer(ready, portal, offered)
    lose_answer(portal, stores=False)
    row = ask(ready)
    portal.behaviours.clear()
    for _ in range(3):
        ((state, reason),) = sent(ready.sync.run())
        assert (state, "does not show it" in reason) == ("unknown", True)
    assert portal.count("POST", "/fhir/Task") == 1
    assert ready.outbox.show(row.request_id).row.ways == ("retry", "cancel")
    assert ready.outbox.retry(row.request_id).state == "confirmed"
    assert len(portal.created) == 1


def test_a_portal_that_shows_late_what_it_has_taken_gets_it_once(ready: Client, portal: ScriptedPortal) -> None:
    lose_answer(portal, stores=True)
    row = ask(ready)
    portal.behaviours = {"GET /fhir/Task?": Answer(200, bundle([]))}
    assert sent(ready.sync.run())[0][0] == "unknown"
    portal.behaviours.clear()
    assert ready.outbox.retry(row.request_id).state == "confirmed"
    assert portal.count("POST", "/fhir/Task") == 1


def test_a_lost_answer_that_cannot_be_looked_up_is_never_sent_again(ready: Client, portal: ScriptedPortal) -> None:
    offer(ready, portal, BLIND)
    lose_answer(portal, stores=True)
    ask(ready)
    portal.behaviours.clear()
    for _ in range(3):
        ((state, reason),) = sent(ready.sync.run())
        assert (state, "no way to find out" in reason) == ("unknown", True)
    assert len(portal.created) == 1


@pytest.mark.parametrize("answer", [Answer(500), outcome(403, "no"), outcome(400, "no"), Answer(200, b"<html>")])
def test_a_look_up_that_fails_leaves_the_request_uncertain_and_the_sync_goes_on(
    ready: Client, portal: ScriptedPortal, answer: Answer
) -> None:
    lose_answer(portal, stores=True)
    ask(ready)
    portal.behaviours.clear()
    portal.behaviours["GET /fhir/Task"] = answer
    portal.add(resource("Observation", "o1"))
    report = ready.sync.run()
    assert sent(report)[0][0] == "unknown"
    assert any(line.type == "Observation" and line.received == 1 for line in report.portals[0].queries)
    portal.behaviours.clear()
    assert sent(ready.sync.run()) == [("confirmed", "")]
    assert len(portal.created) == 1


def test_a_look_up_goes_through_every_page_and_passes_over_what_it_cannot_read(
    ready: Client, portal: ScriptedPortal
) -> None:
    offer(ready, portal, BY_PATIENT)
    lose_answer(portal, stores=True)
    row = ask(ready)
    portal.behaviours.clear()
    others = {f"t{place}": resource("Task", f"t{place}") for place in range(5)}
    broken = b'{"resourceType":"Task","identifier":[{"value":"%b"}]}' % row.request_id.encode()
    portal.resources["Task"] = others | {"broken": broken} | portal.resources["Task"]
    portal.page_size = 2
    assert sent(ready.sync.run()) == [("confirmed", "")]
    assert len(portal.created) == 1


def test_a_look_up_that_goes_round_in_a_circle_ends(ready: Client, portal: ScriptedPortal) -> None:
    lose_answer(portal, stores=False)
    ask(ready)
    portal.behaviours.clear()

    def circle(call: Call) -> Answer:
        page = int(call.query.get("page", "0"))
        return Answer(200, bundle([], f"{portal.base_url}/Task?page={page % 2 + 1}"))

    portal.behaviours["GET /fhir/Task"] = circle
    ((state, reason),) = sent(ready.sync.run())
    assert (state, "circle" in reason) == ("unknown", True)
    assert portal.created == []


def test_a_crash_between_noting_and_sending_is_looked_up_first(ready: Client, portal: ScriptedPortal) -> None:
    lose_answer(portal, stores=True)
    ask(ready)
    portal.behaviours.clear()
    with ready.vault.transaction() as tx:
        outbox.move(tx, item(ready).id, State.SENDING)
    assert sent(ready.sync.run()) == [("confirmed", "")]
    assert len(portal.created) == 1


def test_a_request_made_offline_waits_and_is_sent_by_the_next_sync(ready: Client, portal: ScriptedPortal) -> None:
    with ready.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET base_url = 'http://127.0.0.1:1/fhir'")
    row = ask(ready)
    assert (row.status, row.is_waiting, row.medication) == ("queued", True, "Lisinopril 10 MG")
    with ready.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET base_url = ?", (portal.base_url,))
    told: list[Event] = []
    report = ready.sync.run(on_event=told.append)
    assert sent(report) == [("confirmed", "")]
    name = ready.portals.list()[0].name
    assert events.RequestSent(name, "Lisinopril 10 MG", "confirmed") in told
    assert len(portal.created) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 422, 501])
def test_a_refused_request_carries_the_portals_words(ready: Client, portal: ScriptedPortal, status: int) -> None:
    portal.behaviours["POST /fhir/Task"] = outcome(status, "no repeats\nleft \x1b[31m")
    plan = ready.refills.plan("lisinopril")
    with pytest.raises(Rejected, match="no repeats left") as caught:
        ready.refills.submit(plan)
    assert "\x1b" not in str(caught.value)
    row = ready.refills.show(plan.request_id)
    assert (row.status, row.is_waiting) == ("rejected", False)
    assert row.detail.startswith("no repeats left")
    portal.behaviours.clear()
    assert sent(ready.sync.run()) == []
    assert portal.created == []


def test_a_refusal_without_words_is_told_by_its_status(ready: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(422)
    with pytest.raises(Rejected, match="HTTP status 422"):
        ask(ready)


@pytest.mark.parametrize("status", [408, 425, 429])
def test_a_portal_that_is_too_busy_gets_the_request_again_later(
    ready: Client, portal: ScriptedPortal, status: int
) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(status)
    assert ask(ready).status == "queued"
    portal.behaviours.clear()
    with later(LONGEST_SECONDS):
        assert sent(ready.sync.run()) == [("confirmed", "")]


def test_a_busy_portal_is_left_in_peace_for_as_long_as_it_asks(ready: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(429, headers={"Retry-After": "300"})
    ask(ready)
    portal.behaviours.clear()
    with later(290):
        ((state, reason),) = sent(ready.sync.run())
    assert (state, reason.startswith("it waits until ")) == ("queued", True)
    assert portal.count("POST", "/fhir/Task") == 1
    with later(302):
        assert sent(ready.sync.run()) == [("confirmed", "")]


def test_what_is_in_doubt_is_looked_up_at_once_and_sent_again_only_after_the_pause(
    ready: Client, portal: ScriptedPortal
) -> None:
    offer(ready, portal, CONDITIONAL)
    portal.behaviours["POST /fhir/Task"] = Answer(503, headers={"Retry-After": "300"})
    ask(ready)
    portal.behaviours.clear()
    for seconds in (100, 200, 290):
        with later(seconds):
            assert sent(ready.sync.run())[0][0] == "unknown"
    assert portal.count("POST", "/fhir/Task") == 1
    with later(302):
        assert sent(ready.sync.run()) == [("confirmed", "")]


def test_what_waits_can_be_sent_at_once_by_hand(ready: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(429, headers={"Retry-After": "300"})
    row = ask(ready)
    portal.behaviours.clear()
    assert ready.outbox.retry(row.request_id).state == "confirmed"


@pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer(302), Answer(200, b"<html>"), Answer(201)])
def test_an_answer_that_settles_nothing_leaves_the_request_uncertain(
    ready: Client, portal: ScriptedPortal, answer: Answer
) -> None:
    offer(ready, portal, CONDITIONAL)
    portal.behaviours["POST /fhir/Task"] = answer
    row = ask(ready)
    assert (row.status, row.is_waiting) == ("unknown", True)
    portal.behaviours.clear()
    with later(LONGEST_SECONDS):
        assert sent(ready.sync.run()) == [("confirmed", "")]
    assert len(portal.created) == 1


def test_a_sign_in_that_has_ended_leaves_the_request_waiting(ready: Client, portal: ScriptedPortal) -> None:
    portal.accepted.clear()
    portal.refuses_refresh = True
    plan = ready.refills.plan("lisinopril")
    row = ready.refills.submit(plan)
    assert (row.status, row.is_waiting) == ("queued", True)
    assert item(ready).state == State.QUEUED
    portal.refuses_refresh = False
    sign_in_to(ready, portal)
    assert sent(ready.sync.run()) == [("confirmed", "")]
    assert len(portal.created) == 1


def test_a_token_that_is_refused_is_renewed_and_the_request_sent_once(ready: Client, portal: ScriptedPortal) -> None:
    portal.accepted.clear()
    assert ask(ready).status == "requested"
    assert len(portal.created) == 1


def test_a_portal_that_cannot_be_reached_while_looking_up_keeps_the_request(
    ready: Client, portal: ScriptedPortal
) -> None:
    lose_answer(portal, stores=True)
    ask(ready)
    portal.behaviours["GET /fhir/Task"] = HANG_UP
    with pytest.raises(Unreachable):
        ready.sync.run()
    assert item(ready).state == State.UNKNOWN


@pytest.mark.parametrize("can_read", [True, False])
def test_an_answer_without_the_record_is_read_back_where_that_is_possible(
    ready: Client, portal: ScriptedPortal, *, can_read: bool
) -> None:
    def place_only(call: Call) -> Answer:
        return Answer(201, headers=dict(portal.usual(call).headers))

    portal.behaviours["POST /fhir/Task"] = place_only
    if not can_read:
        portal.behaviours["GET /fhir/Task/new-1"] = Answer(404)
    row = ask(ready)
    assert (row.status, row.is_waiting) == ("requested", False)
    assert row.id == ("new-1" if can_read else row.request_id)
    assert item(ready).result == "Task/new-1"
    portal.behaviours.clear()
    ready.sync.run()
    assert [row.id for row in ready.refills.list().items] == ["new-1"]


def test_an_answer_whose_record_cannot_be_read_still_counts(ready: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(201, b'{"resourceType":"Task","id":"a b"}')
    assert ask(ready).status == "requested"
    assert item(ready).state == State.CONFIRMED


def test_a_repeated_request_names_itself_where_the_portal_can_tell(ready: Client, portal: ScriptedPortal) -> None:
    offer(ready, portal, CONDITIONAL)
    row = ask(ready)
    condition = next(call for call in portal.requests if call.method == "POST" and call.path == "/fhir/Task")
    assert condition.headers["if-none-exist"].startswith("identifier=https%3A%2F%2F")
    assert condition.headers["if-none-exist"].endswith(f"%7C{row.request_id}")
    (identifier,) = json.loads(portal.created[0])["identifier"]
    assert identifier == {"system": REQUEST_ID_SYSTEM, "value": row.request_id}


def test_a_request_that_the_portal_calls_something_else_is_still_found_and_not_sent_again(
    ready: Client, portal: ScriptedPortal
) -> None:
    def take_and_lose(call: Call) -> Answer:
        task = json.loads(call.body)
        task.update(id="t9", identifier=[{"system": "urn:theirs", "value": "9"}])
        portal.add(json.dumps(task).encode())
        return Answer(500)

    portal.behaviours["POST /fhir/Task"] = take_and_lose
    plan = ready.refills.plan("lisinopril")
    ready.refills.submit(plan)
    for _ in range(3):
        ready.sync.run()
    assert portal.count("POST", "/fhir/Task") == 1
    assert [(row.status, row.request_id) for row in ready.refills.list().items] == [("requested", plan.request_id)]


def test_a_request_whose_code_the_portal_changes_is_followed_to_its_end(ready: Client, portal: ScriptedPortal) -> None:
    plan = ready.refills.plan("lisinopril")
    row = ready.refills.submit(plan)
    task = json.loads(plan.fhir)
    task.update(id=str(row.id), status="completed", identifier=[], code={"text": "Medication service"})
    portal.add(json.dumps(task).encode())
    ready.sync.run(full=True)
    assert [(row.status, row.request_id) for row in ready.refills.list().items] == [("completed", plan.request_id)]


def test_a_request_that_is_never_found_is_sent_again_only_when_the_patient_says_so(
    ready: Client, portal: ScriptedPortal
) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(500)
    row = ask(ready)
    for _ in range(4):
        assert ready.sync.run().failures
    assert portal.count("POST", "/fhir/Task") == 1
    assert ready.outbox.retry(row.request_id).state == "unknown"
    assert portal.count("POST", "/fhir/Task") == 2
    assert [row.status for row in ready.refills.list().items] == ["unknown"]


@pytest.mark.parametrize("status", [422, 409, 412])
def test_what_was_sent_again_and_refused_may_still_have_arrived_the_first_time(
    ready: Client, portal: ScriptedPortal, status: int
) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(500)
    row = ask(ready)
    portal.behaviours["POST /fhir/Task"] = outcome(status, "one is open already")
    told = ready.outbox.retry(row.request_id)
    assert (told.state, told.reason) == ("unknown", "it was sent again and refused: one is open already")


def test_being_too_busy_for_what_is_in_doubt_leaves_it_in_doubt(ready: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["POST /fhir/Task"] = Answer(500)
    row = ask(ready)
    portal.behaviours["POST /fhir/Task"] = Answer(429)
    assert ready.outbox.retry(row.request_id).state == "unknown"


def test_a_refusal_where_nothing_is_made_twice_is_final(ready: Client, portal: ScriptedPortal) -> None:
    offer(ready, portal, CONDITIONAL)
    lose_answer(portal, stores=False)
    ask(ready)
    portal.behaviours["POST /fhir/Task"] = outcome(422, "no repeats left")
    assert sent(ready.sync.run()) == [("rejected", "no repeats left")]


def test_a_portal_that_does_not_understand_the_condition_gets_the_request_without_it(
    ready: Client, portal: ScriptedPortal
) -> None:
    def only_plain(call: Call) -> Answer | None:
        return outcome(412, "not supported") if "if-none-exist" in call.headers else None

    offer(ready, portal, CONDITIONAL)
    portal.behaviours["POST /fhir/Task"] = only_plain
    assert ask(ready).status == "requested"
    assert len(portal.created) == 1


def test_a_request_that_the_portal_has_twice_is_confirmed_and_told(ready: Client, portal: ScriptedPortal) -> None:
    offer(ready, portal, CONDITIONAL)

    def twice(call: Call) -> Answer:
        for number in range(2):
            portal.add(json.dumps({**json.loads(call.body), "id": f"t{number}"}).encode())
        return outcome(412, "several")

    portal.behaviours["POST /fhir/Task"] = twice
    row = ask(ready)
    assert row.status == "requested"
    assert ready.outbox.show(row.request_id).row.reason == "the portal has it 2 times"


def test_a_record_of_another_request_of_ours_is_not_taken_for_this_one(ready: Client, portal: ScriptedPortal) -> None:
    lose_answer(portal, stores=True)
    ask(ready)
    portal.behaviours.clear()
    ((name, body),) = portal.resources["Task"].items()
    task = json.loads(body)
    task["identifier"][0]["value"] = "0193a7c4-5e21-7b10-9c3d-1a6c2d7f0004"
    portal.resources["Task"][name] = json.dumps(task).encode()
    assert sent(ready.sync.run())[0][0] == "unknown"


def test_what_became_of_one_request_is_not_taken_for_another_that_is_just_like_it(
    ready: Client, portal: ScriptedPortal
) -> None:
    offer(ready, portal, BY_PATIENT)

    def nameless(call: Call) -> Answer:
        task = json.loads(call.body) | {"id": "t1", "identifier": []}
        if "Task" not in portal.resources:
            portal.add(json.dumps(task).encode())
            return Answer(201, portal.resources["Task"]["t1"])
        return HANG_UP

    portal.behaviours["POST /fhir/Task"] = nameless
    first = ask(ready)
    twin = item(ready)
    with ready.vault.transaction() as tx:
        outbox.add(tx, replace(twin, id="twin", request_id="twin", state=State.QUEUED, result=None, attempts=0))
    with pytest.raises(Unreachable):
        ready.sync.run()
    ready.sync.run()
    assert states(ready) == {first.request_id: "confirmed", "twin": "unknown"}


def test_what_the_portal_left_out_is_told_and_the_request_stands(ready: Client, portal: ScriptedPortal) -> None:
    def lie(call: Call) -> Answer:
        answer = portal.usual(call)
        task = json.loads(portal.resources["Task"]["new-1"])
        del task["note"]
        portal.resources["Task"]["new-1"] = json.dumps({**task, "description": "Something else"}).encode()
        return answer

    portal.behaviours["POST /fhir/Task"] = lie
    plan = ready.refills.plan("lisinopril", "four tablets left")
    ready.refills.submit(plan)
    row = ready.outbox.show(plan.request_id).row
    assert (row.state, row.reason) == ("confirmed", "the portal changed or left out: description, note")


def test_a_request_that_the_portal_takes_and_does_not_show_is_told(ready: Client, portal: ScriptedPortal) -> None:
    def drop(call: Call) -> Answer:
        answer = portal.usual(call)
        portal.resources["Task"].clear()
        return answer

    portal.behaviours["POST /fhir/Task"] = drop
    plan = ready.refills.plan("lisinopril")
    ready.refills.submit(plan)
    row = ready.outbox.show(plan.request_id).row
    assert (row.state, row.reason) == ("confirmed", "the portal took it, but does not show it")


def write(client: Client, portal: ScriptedPortal, *names: str, thread: str = "t") -> None:
    if "Communication" not in portal.types:
        portal.types["Communication"] = SEARCHABLE
        client.sync.run()
    with client.vault.transaction() as tx:
        for place, name in enumerate(names):
            body = resource(
                "Communication",
                name,
                identifier=[{"system": REQUEST_ID_SYSTEM, "value": name}],
                status="in-progress",
                payload=[{"contentString": name}],
            )
            outbox.add(
                tx,
                outbox.Item(
                    id=name,
                    connection=1,
                    kind="message",
                    title=name,
                    type="Communication",
                    request_id=name,
                    body=body,
                    state=State.QUEUED,
                    created=place,
                    updated=place,
                    thread=thread,
                ),
            )


def states(client: Client) -> dict[str, str]:
    with client.vault.reading() as connection:
        return {found.id: found.state for found in outbox.items(connection)}


def test_what_belongs_together_is_sent_in_its_order(ready: Client, portal: ScriptedPortal) -> None:
    write(ready, portal, "c", "a", "b")
    ready.sync.run()
    assert [json.loads(body)["id"] for body in portal.created] == ["c", "a", "b"]


@pytest.mark.parametrize("answer", [outcome(422, "no"), Answer(429), Answer(500)])
def test_what_comes_after_waits_until_the_one_before_it_has_arrived_and_the_rest_goes_on(
    ready: Client, portal: ScriptedPortal, answer: Answer
) -> None:
    def refuse_first(call: Call) -> Answer | None:
        return answer if json.loads(call.body)["id"] == "first" else None

    write(ready, portal, "first", "second")
    write(ready, portal, "other", thread="u")
    write(ready, portal, "alone", thread="")
    portal.behaviours["POST /fhir/Communication"] = refuse_first
    report = ready.sync.run()
    assert ("queued", "it waits for the one before it") in sent(report)
    found = states(ready)
    assert (found["second"], found["other"], found["alone"]) == ("queued", "confirmed", "confirmed")
    for _ in range(2):
        ready.sync.run()
    assert states(ready)["second"] == "queued"
    assert ready.outbox.show("second").row.waits_for == "first"
    ready.outbox.cancel("first")
    ready.sync.run()
    assert states(ready)["second"] == "confirmed"


def test_a_request_that_is_cancelled_while_others_are_sent_is_not_sent(ready: Client, portal: ScriptedPortal) -> None:
    write(ready, portal, "first")
    write(ready, portal, "second", thread="u")

    def cancel_the_other(_: Call) -> None:
        if states(ready)["second"] == "queued":
            ready.outbox.cancel("second")

    portal.behaviours["POST /fhir/Communication"] = cancel_the_other
    assert [state for state, _ in sent(ready.sync.run())] == ["confirmed"]
    assert states(ready) == {"first": "confirmed", "second": "cancelled"}
    assert len(portal.created) == 1


def test_of_two_requests_for_one_medicine_at_once_only_the_quicker_is_made(
    ready: Client, portal: ScriptedPortal
) -> None:
    plans = [ready.refills.plan("lisinopril") for _ in range(2)]
    ready.refills.submit(plans[0])
    with pytest.raises(AlreadyRequested):
        ready.refills.submit(plans[1])
    assert len(portal.created) == 1
