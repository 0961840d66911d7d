"""Pulling: every record, its own bytes, once, from wherever the last run stopped."""

from __future__ import annotations

import json
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from store import events
from store.errors import BadAnswer, SignInNeeded, StorageFailed, Unreachable
from store.events import SyncStarted
from store.sync import crew, streams
from store.vault import progress, reading, resources
from store.vault.reading import Filter
from tests.support.hostile import Offer, ScriptedPortal, bundle, outcome, resource
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.client import Client
    from store.events import Event
    from store.records.incoming import Incoming
    from store.services.sync import QueryReport, SyncReport
    from store.vault.progress import Progress
    from store.vault.transaction import Transaction
    from tests.support.wire import Call

LOSSLESS = [
    b'{"resourceType":"Observation","id":"a","subject":{"reference":"Patient/p1"},"valueQuantity":{"value":1.00}}',
    b'{"id":"b","big":123456789012345678901234567890,"small":0.0000000000010,"e":1E+2,"resourceType":"Observation"}',
    b'{\n  "resourceType" : "Observation",\r\n\t"id" : "c",\n  "extension":[{"zebra":1,"aardvark":[{}, [] ]}]\n}',
    '{"resourceType":"Observation","id":"d","code":{"text":"\u00fcber \u2028 \U0001f600 \\u00e9 \\/"}}'.encode(),
    b'{"resourceType":"Observation","id":"e","empty":{},"null":null,"text":{"div":"<div>&lt;</div>"}}',
]


def observations(number: int, start: int = 0) -> list[bytes]:
    return [resource("Observation", f"o{place}", code={"text": f"x{place}"}) for place in range(start, start + number)]


def bodies(client: Client, type_name: str = "Observation") -> dict[str, bytes]:
    with client.vault.reading() as connection:
        wanted = Filter(types=(type_name,))
        return {row.id: body for row, body in reading.records(client.vault, connection, wanted)}


def places(client: Client) -> dict[str, Progress]:
    with client.vault.reading() as connection:
        return progress.load(connection, 1)


def query(report: SyncReport, type_name: str = "Observation") -> QueryReport:
    return next(item for item in report.portals[0].queries if item.type == type_name)


@pytest.fixture
def signed_in(client: Client, portal: ScriptedPortal) -> Client:
    sign_in_to(client, portal)
    return client


@pytest.mark.parametrize("search", [("patient", "_lastUpdated"), ("patient",)])
def test_every_record_is_kept_byte_for_byte_and_written_once(
    signed_in: Client, portal: ScriptedPortal, search: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.types["Observation"] = Offer(search=search)
    portal.add(*LOSSLESS)
    portal.page_size = 2
    first = signed_in.sync.run()
    assert first.failures == ()
    assert set(bodies(signed_in).values()) == set(LOSSLESS)
    written: list[object] = []
    write = resources._write

    def note(
        tx: Transaction, connection_id: int, changed: Sequence[tuple[Incoming, int]], known: dict[int, int]
    ) -> dict[int, int]:
        written.extend(item.id for item, _ in changed)
        return write(tx, connection_id, changed, known)

    monkeypatch.setattr(resources, "_write", note)
    assert signed_in.sync.run().changed == 0
    assert signed_in.sync.run(full=True).changed == 0
    assert written == []
    changed = LOSSLESS[0].replace(b"1.00", b"1.000")
    portal.add(changed)
    third = signed_in.sync.run()
    assert (third.changed, len(written)) == (1, 1)
    assert bodies(signed_in)["a"] == changed


def test_a_later_sync_asks_only_for_what_has_changed(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(resource("Observation", "old", meta={"lastUpdated": "2020-01-01T00:00:00+00:00"}))
    assert query(signed_in.sync.run()).received == 1
    portal.add(resource("Observation", "new", meta={"lastUpdated": "2099-01-01T00:00:00+00:00"}))
    second = query(signed_in.sync.run())
    assert (second.received, second.changed) == (1, 1)
    assert query(signed_in.sync.run(full=True)).received == 2


def test_a_portal_without_a_clock_is_always_asked_for_everything(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.serves_date = False
    portal.add(*observations(3))
    signed_in.sync.run()
    signed_in.sync.run()
    assert not any("_lastUpdated" in call.target for call in portal.requests)


@pytest.mark.parametrize("stopped_after", [1, 2, 3, 4])
@pytest.mark.parametrize("way", ["ask", "raise"])
def test_a_sync_that_stops_anywhere_goes_on_where_it_was(
    signed_in: Client, portal: ScriptedPortal, stopped_after: int, way: str
) -> None:
    served = observations(10)
    portal.add(*served)
    portal.page_size = 2
    stored: list[events.PageStored] = []

    def note(event: Event) -> None:
        if isinstance(event, events.PageStored):
            stored.append(event)
            if way == "raise" and len(stored) == stopped_after:
                raise KeyboardInterrupt

    if way == "raise":
        with pytest.raises(KeyboardInterrupt):
            signed_in.sync.run(on_event=note)
    else:
        signed_in.sync.run(on_event=note, should_stop=lambda: len(stored) >= stopped_after)
    kept = bodies(signed_in)
    place = places(signed_in).get("Observation?patient=p1")
    assert len(kept) >= 2 * stopped_after
    assert place
    assert (place.received == len(kept)) or place.cursor is None
    for thread in threading.enumerate():  # a request that was on its way belongs to the run that was stopped
        if thread.name == "sync":
            thread.join(20)
    portal.settle()  # and is taken down by the portal only when that gets its turn
    before = len(portal.requests)
    report = signed_in.sync.run()
    assert query(report).changed == 10 - len(kept)
    assert query(report).received <= 10 - len(kept) or place.cursor is None
    assert set(bodies(signed_in).values()) == set(served)
    offsets = [call.target for call in portal.requests[before:] if "_offset" in call.target]
    assert len(offsets) == len(set(offsets))
    assert signed_in.sync.run().changed == 0


def test_a_full_sync_begins_anew_where_another_was_interrupted(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(6))
    portal.page_size = 2
    portal.behaviours["/fhir/Observation?patient=p1&_count=100&_offset=2"] = HANG_UP
    signed_in.sync.run()
    assert places(signed_in)["Observation?patient=p1"].cursor
    portal.behaviours.clear()
    assert query(signed_in.sync.run(full=True)).received == 6


def test_a_stop_before_the_first_page_ends_soon(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(40))
    portal.page_size = 1
    report = signed_in.sync.run(should_stop=lambda: True)
    assert query(report).received < 10
    assert signed_in.portals.list()[0].synced is None


@pytest.mark.parametrize("answer", [Answer(410), Answer(400), Answer(500), Answer(200, b"<html>")])
def test_a_place_that_the_portal_has_forgotten_is_begun_anew(
    signed_in: Client, portal: ScriptedPortal, answer: Answer
) -> None:
    portal.add(*observations(4))
    portal.page_size = 2
    following = f"{portal.base_url}/Observation?patient=p1&_count=100&_offset=2"
    portal.behaviours[following.removeprefix(portal.origin)] = HANG_UP
    assert query(signed_in.sync.run()).error
    assert places(signed_in)["Observation?patient=p1"].cursor == following
    forgotten = [answer]
    portal.behaviours[following.removeprefix(portal.origin)] = lambda _: forgotten.pop() if forgotten else None
    report = query(signed_in.sync.run())
    assert (report.error, report.changed) == (None, 2)
    assert len(bodies(signed_in)) == 4


def test_one_type_that_fails_does_not_stop_the_others_and_is_named(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(2), resource("Condition", "c1"), resource("Procedure", "x"), resource("Goal", "g"))
    portal.behaviours["/fhir/Condition"] = Answer(500)
    portal.behaviours["/fhir/Procedure"] = HANG_UP
    portal.behaviours["/fhir/Goal"] = outcome(400, "needs a category")
    report = signed_in.sync.run()
    assert query(report).received == 2
    assert [line.partition(":")[0] for line in report.failures] == ["Condition", "Goal", "Procedure"]
    assert "needs a category" in report.failures[1]
    assert signed_in.portals.list()[0].synced is None
    portal.behaviours.clear()
    assert signed_in.sync.run().failures == ()
    assert signed_in.portals.list()[0].synced


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_type_that_the_portal_refuses_is_a_gap_and_no_failure(
    signed_in: Client, portal: ScriptedPortal, status: int
) -> None:
    portal.add(*observations(1), resource("Condition", "c1"))
    portal.behaviours["/fhir/Condition"] = outcome(status, "not for you")
    report = signed_in.sync.run()
    assert report.failures == ()
    assert query(report, "Condition").refused
    assert "not for you" in (query(report, "Condition").error or "")
    assert not query(report).refused
    assert signed_in.portals.list()[0].synced


def test_a_sync_in_which_everything_fails_raises(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(1))
    portal.behaviours["GET /fhir/Observation"] = portal.behaviours["GET /fhir/Patient"] = Answer(500)
    with pytest.raises(BadAnswer, match="500"):
        signed_in.sync.run()


def test_a_portal_that_cannot_be_reached_raises(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["GET /fhir/"] = HANG_UP
    with pytest.raises(Unreachable):
        signed_in.sync.run()


def test_a_sign_in_that_ends_midway_keeps_what_came_and_goes_on_later(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.add(*observations(6))
    portal.page_size = 2

    def end(call: Call) -> Answer | None:
        if call.query.get("_offset") == "4":
            portal.accepted.clear()
            portal.refuses_refresh = True
        return None

    portal.behaviours["GET /fhir/Observation"] = end
    with pytest.raises(SignInNeeded):
        signed_in.sync.run()
    assert len(bodies(signed_in)) == 4
    portal.behaviours.clear()
    portal.refuses_refresh = False
    sign_in_to(signed_in, portal)
    assert query(signed_in.sync.run()).received == 2
    assert len(bodies(signed_in)) == 6


def test_a_token_that_is_refused_midway_is_renewed_once_for_all(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(2), resource("Condition", "c1"), resource("Procedure", "x"))
    portal.accepted.clear()
    before = portal.issued
    assert signed_in.sync.run().failures == ()
    assert portal.issued == before + 1


def test_records_that_others_refer_to_are_read_one_by_one(signed_in: Client, portal: ScriptedPortal) -> None:
    read_only = Offer(("read",), ())
    portal.types |= dict.fromkeys(("Practitioner", "Organization", "Medication", "PractitionerRole"), read_only)
    portal.add(
        resource("MedicationRequest", "m1", medicationReference={"reference": "Medication/med"}),
        resource("Observation", "o1", performer=[{"reference": f"{portal.base_url}/PractitionerRole/role"}]),
        json.dumps(
            {
                "resourceType": "PractitionerRole",
                "id": "role",
                "practitioner": {"reference": "Practitioner/d1"},
                "organization": {"reference": "Organization/org"},
            }
        ).encode(),
        b'{"resourceType":"Practitioner","id":"d1","name":[{"text":"Dr Who"}]}',
        b'{"resourceType":"Organization","id":"org","partOf":{"reference":"Organization/gone"}}',
        b'{"resourceType":"Medication","id":"med","ingredient":[{"itemReference":{"reference":"Medication/part"}}]}',
        b'{"resourceType":"Medication","id":"part","code":{"text":"Part"}}',
    )
    report = signed_in.sync.run()
    assert report.failures == ()
    assert set(bodies(signed_in, "Medication")) == {"med", "part"}
    assert set(bodies(signed_in, "Organization")) == {"org"}
    assert set(bodies(signed_in, "Practitioner")) == {"d1"}
    assert portal.count("GET", "/fhir/Organization/gone") == 1
    assert not query(report, "Organization").refused
    assert signed_in.sync.run().changed == 0
    assert portal.count("GET", "/fhir/Organization/gone") == 1
    signed_in.sync.run(full=True)
    assert portal.count("GET", "/fhir/Organization/gone") == 2


def test_a_record_that_is_known_is_read_again_only_when_its_version_changed(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.types["Practitioner"] = Offer(("read",), (), conditional_read=True)
    portal.add(
        resource("Observation", "o1", performer=[{"reference": "Practitioner/d1"}]),
        b'{"resourceType":"Practitioner","id":"d1","meta":{"versionId":"1"}}',
    )
    assert query(signed_in.sync.run(), "Practitioner").received == 1
    assert query(signed_in.sync.run(), "Practitioner").received == 0
    portal.add(b'{"resourceType":"Practitioner","id":"d1","meta":{"versionId":"2"}}')
    assert query(signed_in.sync.run(), "Practitioner").changed == 1


@pytest.mark.parametrize(("answer", "is_failure"), [(Answer(429), True), (Answer(500), True), (Answer(422), True)])
def test_a_referred_record_that_cannot_be_read_now_is_asked_for_again(
    signed_in: Client, portal: ScriptedPortal, answer: Answer, *, is_failure: bool
) -> None:
    portal.types["Practitioner"] = Offer(("read",), ())
    portal.add(
        resource("Observation", "o1", performer=[{"reference": "Practitioner/d1"}]),
        b'{"resourceType":"Practitioner","id":"d1"}',
    )
    portal.behaviours["/fhir/Practitioner/d1"] = answer
    assert bool(signed_in.sync.run().failures) is is_failure
    portal.behaviours.clear()
    assert query(signed_in.sync.run(), "Practitioner").received == 1


def test_included_records_and_comments_come_along(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.types["Observation"] = Offer()
    included = b'{"resourceType":"Practitioner","id":"d1"}'
    comment = b'{"resourceType":"OperationOutcome","issue":[{"code":"informational"}]}'
    portal.behaviours["/fhir/Observation"] = Answer(200, bundle([*observations(1), included, comment], mode="include"))
    report = query(signed_in.sync.run())
    assert (report.received, report.error) == (2, None)
    assert bodies(signed_in, "Practitioner") == {"d1": included}


def test_a_record_on_several_pages_is_kept_once_as_it_came_last(signed_in: Client, portal: ScriptedPortal) -> None:
    older, newer = (resource("Observation", "o1", code={"text": text}) for text in ("older", "newer"))
    portal.types["Observation"] = Offer()
    following = f"{portal.base_url}/Observation?page=2"
    portal.behaviours["/fhir/Observation?page=2"] = Answer(200, bundle([newer, *observations(1, 5)]))
    portal.behaviours["/fhir/Observation"] = Answer(200, bundle([older, older], following))
    signed_in.sync.run()
    assert bodies(signed_in)["o1"] == newer
    assert len(bodies(signed_in)) == 2


def test_a_bad_entry_is_left_out_and_named_and_the_page_is_kept(signed_in: Client, portal: ScriptedPortal) -> None:
    good = observations(2)
    bad = [b'{"resourceType":"Observation","id":"x","v":"\xff"}', b'{"resourceType":"Observation"}', b"7"]
    endless = b'{"resourceType":"Observation","id":"y","v":1e99999999999999999999}'
    portal.types["Observation"] = Offer()
    portal.behaviours["/fhir/Observation"] = Answer(200, bundle([good[0], *bad, endless, good[1]]))
    report = signed_in.sync.run()
    assert query(report).received == 2
    assert set(bodies(signed_in).values()) == set(good)
    assert len(report.failures) == 1
    assert report.failures[0].count("cannot be used") == 3


@pytest.mark.parametrize("link", ["https://evil.example/next", "http://[bad"])
def test_a_next_page_elsewhere_fails_its_type_only(signed_in: Client, portal: ScriptedPortal, link: str) -> None:
    portal.add(*observations(1), resource("Condition", "c1"))
    portal.behaviours["/fhir/Observation"] = Answer(200, bundle(observations(1), link))
    report = signed_in.sync.run()
    assert query(report).error
    assert query(report, "Condition").error is None


def test_pages_that_go_round_in_a_circle_end(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.types["Observation"] = Offer()

    def circle(call: Call) -> Answer:
        page = int(call.query.get("page", "0"))
        return Answer(200, bundle(observations(1, page), f"{portal.base_url}/Observation?page={page % 2 + 1}"))

    portal.behaviours["/fhir/Observation"] = circle
    report = signed_in.sync.run()
    assert "circle" in (query(report).error or "")
    assert len(bodies(signed_in)) == 3
    assert portal.count("GET", "/fhir/Observation") == 3


def test_a_search_that_does_not_end_is_ended(
    signed_in: Client, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_MAX_PAGES", 5)
    portal.types["Observation"] = Offer()

    def more(call: Call) -> Answer:
        page = int(call.query.get("page", "0"))
        return Answer(200, bundle(observations(1, page), f"{portal.base_url}/Observation?page={page + 1}"))

    portal.behaviours["/fhir/Observation"] = more
    report = signed_in.sync.run()
    assert "did not end" in (query(report).error or "")
    assert len(bodies(signed_in)) == 5


def test_an_unexpected_failure_in_a_stream_is_not_swallowed(
    signed_in: Client, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.add(*observations(1))

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("store.sync.streams._after", fail)
    with pytest.raises(ZeroDivisionError):
        signed_in.sync.run()


def test_a_disk_that_refuses_stops_every_stream(
    signed_in: Client, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.add(*observations(60))
    portal.page_size = 2
    monkeypatch.setattr(crew, "_PAGES_IN_LINE", 1)
    monkeypatch.setattr(crew, "_WAIT_SECONDS", 0.05)

    def fail(*_: object) -> int:
        raise StorageFailed(signed_in.settings.database_path, "disk full")

    monkeypatch.setattr("store.sync.pull.progress.save", fail)
    with pytest.raises(StorageFailed):
        signed_in.sync.run()
    assert bodies(signed_in) == {}


@pytest.mark.parametrize("body", [b"<html>", outcome(200, "busy").body, b'{"resourceType":"Patient","id":"p2"}'])
def test_a_patient_who_is_not_the_one_that_was_asked_for_is_not_kept(
    signed_in: Client, portal: ScriptedPortal, body: bytes
) -> None:
    portal.add(*observations(1))
    portal.behaviours["/fhir/Patient/p1"] = Answer(200, body)
    report = signed_in.sync.run()
    assert query(report, "Patient").error
    assert (query(report, "Patient").received, query(report).received) == (0, 1)
    assert set(bodies(signed_in, "Patient")) == {"p1"}


def test_what_happens_is_told_as_it_happens(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(3), resource("Condition", "c1"))
    portal.page_size = 2
    portal.behaviours["/fhir/Condition"] = Answer(500)
    told: list[Event] = []
    signed_in.sync.run(on_event=told.append)
    name = signed_in.portals.list()[0].name
    answers = [event for event in told if isinstance(event, events.Answered)]
    assert {(event.what, event.status) for event in answers} >= {("metadata", 200), ("Condition?patient&_count", 500)}
    assert next(event for event in told if event not in answers) == events.SyncStarted(name, 2)
    pages = [event for event in told if isinstance(event, events.PageStored)]
    assert [(page.type, page.received, page.changed) for page in pages] == [
        ("Observation", 2, 2),
        ("Observation", 1, 1),
    ]
    ends = {event.type: event.error for event in told if isinstance(event, events.QueryDone)}
    assert ends["Observation"] is None
    assert "500" in (ends["Condition"] or "")


def test_an_interrupt_does_not_wait_for_a_portal_that_hangs(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(1))
    portal.behaviours["/fhir/Observation"] = Answer(200, delay=60)

    def interrupt(event: object) -> None:
        if isinstance(event, SyncStarted):
            signal.setitimer(signal.ITIMER_REAL, 0.5)

    def ring(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            signed_in.sync.run(on_event=interrupt)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 10


def test_a_stop_does_not_wait_for_a_portal_that_hangs(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(1))
    portal.behaviours["/fhir/Observation"] = Answer(200, delay=60)
    asked = threading.Event()
    began = time.monotonic()
    signed_in.sync.run(
        on_event=lambda event: asked.set() if isinstance(event, SyncStarted) else None, should_stop=asked.is_set
    )
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("bad", [b'"\\ud800"', b"[" * 5_000 + b"]" * 5_000], ids=["a lone surrogate", "great depth"])
def test_a_record_that_no_decoder_takes_is_named_and_the_rest_of_its_page_is_kept(
    signed_in: Client, portal: ScriptedPortal, bad: bytes
) -> None:
    portal.add(*observations(3))
    portal.resources["Observation"]["bad"] = b'{"resourceType":"Observation","id":"bad","x":' + bad + b"}"
    report = signed_in.sync.run()
    assert len(bodies(signed_in)) == 3
    assert "cannot be used" in str(query(report).error)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 501])
def test_a_refusal_after_the_first_page_is_a_failure_and_no_gap(
    signed_in: Client, portal: ScriptedPortal, status: int
) -> None:
    portal.add(*observations(3))
    portal.page_size = 1
    portal.behaviours["/fhir/Observation"] = lambda call: Answer(status) if "_offset=2" in call.target else None
    report = signed_in.sync.run()
    assert query(report).received == 2
    assert not query(report).refused
    assert report.failures
    assert signed_in.portals.list()[0].synced is None


def test_a_record_that_cannot_be_read_is_named_again_until_it_can(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(2))
    portal.resources["Observation"]["odd"] = b'{"resourceType":"Observation","id":"a b"}'
    for _ in range(2):
        assert "no usable id" in str(signed_in.sync.run().failures)
    del portal.resources["Observation"]["odd"]
    assert signed_in.sync.run().failures == ()


def test_an_error_that_a_portal_hides_in_a_page_is_told(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(*observations(2))
    comment = b'{"resourceType":"OperationOutcome","issue":[{"severity":"%b","diagnostics":"half is missing"}]}'
    portal.resources["Observation"]["told"] = comment % b"warning"
    assert signed_in.sync.run().failures == ()
    portal.resources["Observation"]["told"] = comment % b"error"
    assert "half is missing" in str(signed_in.sync.run(full=True).failures)
    assert len(bodies(signed_in)) == 2


@pytest.mark.parametrize("status", [400, 422])
def test_a_portal_that_does_not_take_what_it_declares_is_asked_for_everything(
    signed_in: Client, portal: ScriptedPortal, status: int
) -> None:
    portal.add(*observations(2))
    assert signed_in.sync.run().failures == ()
    portal.behaviours["/fhir/Observation"] = lambda call: Answer(status) if "_lastUpdated" in call.query else None
    portal.add(*observations(1, start=2))
    assert signed_in.sync.run().failures == ()
    assert len(bodies(signed_in)) == 3


def test_one_type_that_wants_more_than_a_new_token_does_not_end_the_sign_in(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.add(*observations(2), resource("Goal", "g"))
    portal.behaviours["/fhir/Goal"] = Answer(401)
    report = signed_in.sync.run()
    assert query(report, "Goal").refused
    assert query(report).received == 2


def test_of_a_record_that_comes_twice_the_one_written_later_stands(signed_in: Client, portal: ScriptedPortal) -> None:
    newer = resource("Observation", "o0", meta={"lastUpdated": "2026-03-02T00:00:00Z"}, status="final")
    older = resource("Observation", "o0", meta={"lastUpdated": "2026-03-01T18:00:00-05:00"}, status="preliminary")
    pages = {"0": [newer, *observations(1, start=1)], "1": [older]}

    def drifting(call: Call) -> Answer:
        number = call.query.get("_page", "0")
        following = f"{portal.base_url}/Observation?_page=1" if number == "0" else None
        return Answer(200, bundle(pages[number], following))

    portal.add(newer)
    portal.behaviours["/fhir/Observation"] = drifting
    for _ in range(2):
        assert signed_in.sync.run().failures == ()
        assert bodies(signed_in)["o0"] == newer
    assert signed_in.sync.run().changed == 0


def test_a_sync_takes_what_the_portal_says_now_even_if_it_is_older(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.types["Observation"] = Offer(search=("patient",))
    restored = resource("Observation", "o0", meta={"lastUpdated": "2026-03-01T00:00:00Z"}, status="preliminary")
    portal.add(resource("Observation", "o0", meta={"lastUpdated": "2026-03-02T00:00:00Z"}, status="final"))
    signed_in.sync.run()
    portal.add(restored)
    assert signed_in.sync.run().changed == 1
    assert bodies(signed_in)["o0"] == restored
