"""Transactions are carried out whole or not at all, batches entry by entry, both with the token's rights only."""

from __future__ import annotations

import base64
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

HEADER = "urn:uuid:0b5c2f0e-9d0a-4f7e-8a53-1a6c2d7f0101"
REPLY = "urn:uuid:0b5c2f0e-9d0a-4f7e-8a53-1a6c2d7f0102"
SYSTEM = "urn:request-id"


def _message(value: str, **members: Any) -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "status": "in-progress",
        "identifier": [{"system": SYSTEM, "value": value}],
        "subject": {"reference": "Patient/ada"},
        **members,
    }


def _post(resource: dict[str, Any], full_url: str = "", **request: str) -> dict[str, Any]:
    entry = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"], **request}}
    return {"fullUrl": full_url, **entry} if full_url else entry


def _ask(method: str, url: str, **request: str) -> dict[str, Any]:
    return {"request": {"method": method, "url": url, **request}}


def _put(resource: dict[str, Any], **request: str) -> dict[str, Any]:
    return {"resource": resource, **_ask("PUT", f"{resource['resourceType']}/{resource['id']}", **request)}


def _patch(url: str, operations: list[dict[str, Any]], **request: str) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(operations).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
    return {"resource": binary, **_ask("PATCH", url, **request)}


def _bundle(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def _thread() -> list[dict[str, Any]]:
    return [
        _post(_message("1"), HEADER, ifNoneExist=f"identifier={SYSTEM}|1"),
        _post(_message("2", partOf=[{"reference": HEADER}]), REPLY, ifNoneExist=f"identifier={SYSTEM}|2"),
    ]


def _sent(caller: Caller, *entries: dict[str, Any], kind: str = "transaction") -> list[dict[str, Any]]:
    answer = caller.call("POST", "", _bundle(*entries, kind=kind))
    assert answer.status_code == 200, answer.text
    bundle = answer.json or {}
    assert bundle["type"] == f"{kind}-response"
    assert len(bundle["entry"]) == len(entries)
    found: list[dict[str, Any]] = bundle["entry"]
    return found


def _statuses(entries: list[dict[str, Any]]) -> list[int]:
    return [int(entry["response"]["status"].partition(" ")[0]) for entry in entries]


def test_a_thread_is_sent_in_one_transaction_and_linked(ada: Caller) -> None:
    first, second = _sent(ada, *_thread())
    assert _statuses([first, second]) == [201, 201]
    header, reply = first["resource"], second["resource"]
    assert reply["partOf"] == [{"reference": f"Communication/{header['id']}"}]
    assert first["response"]["location"] == f"{ada.sandbox.base_url}/Communication/{header['id']}/_history/1"
    assert first["response"]["etag"] == 'W/"1"'
    assert first["response"]["lastModified"] == header["meta"]["lastUpdated"]
    assert (ada.get(f"Communication/{reply['id']}").json or {}) == reply


def test_a_repeated_transaction_finds_what_the_first_one_made(ada: Caller) -> None:
    first, again = _sent(ada, *_thread()), _sent(ada, *_thread())
    assert _statuses(again) == [200, 200]
    assert [entry["resource"]["id"] for entry in again] == [entry["resource"]["id"] for entry in first]
    assert len(ada.found("Communication")) == 2


def test_a_reference_reaches_what_a_condition_found(ada: Caller) -> None:
    kept = ada.call("POST", "Communication", _message("1")).json or {}
    entries = _sent(ada, *_thread())
    assert _statuses(entries) == [200, 201]
    assert entries[1]["resource"]["partOf"] == [{"reference": f"Communication/{kept['id']}"}]


def test_an_identifier_that_reads_like_a_full_url_stays_as_it_is(ada: Caller) -> None:
    resource = _message(HEADER, about=[{"reference": HEADER, "identifier": {"value": HEADER}}])
    resource["payload"] = [{"contentString": HEADER}]
    stored = _sent(ada, _post(resource, HEADER))[0]["resource"]
    assert stored["identifier"][0]["value"] == HEADER
    assert stored["payload"] == [{"contentString": HEADER}]
    own = f"Communication/{stored['id']}"
    assert stored["about"] == [{"reference": own, "identifier": {"value": HEADER}}]


def test_the_address_of_an_attachment_is_resolved(ada: Caller) -> None:
    picture = {"resourceType": "Binary", "contentType": "image/png", "data": "aGk="}
    message = _message("1", payload=[{"contentAttachment": {"contentType": "image/png", "url": REPLY}}])
    entries = _sent(ada, _post(message, HEADER), _post(picture, REPLY))
    url = entries[0]["resource"]["payload"][0]["contentAttachment"]["url"]
    assert ada.get(url, Accept="image/png").data == b"hi"


def test_references_relative_to_a_full_url_are_resolved(ada: Caller) -> None:
    message = _message("2", partOf=[{"reference": "Communication/one"}], about=[{"reference": "Observation/pulse"}])
    entries = _sent(
        ada,
        _post(_message("1"), "https://app.example/fhir/Communication/one"),
        _post(message, "https://app.example/fhir/Communication/two"),
    )
    stored = entries[1]["resource"]
    assert stored["partOf"] == [{"reference": f"Communication/{entries[0]['resource']['id']}"}]
    assert stored["about"] == [{"reference": "Observation/pulse"}]


def test_work_is_done_in_the_standards_order_and_answered_in_the_clients(ada: Caller) -> None:
    note = ada.get("DocumentReference/note").json or {}
    entries = _sent(
        ada,
        _ask("GET", "Observation?code=8867-4"),
        _ask("GET", "DocumentReference/note"),
        _put({**note, "status": "superseded"}),
        _post(_message("1")),
        _ask("DELETE", "Observation/pulse"),
    )
    assert _statuses(entries) == [200, 200, 200, 201, 204]
    assert entries[0]["resource"]["total"] == 0
    assert entries[1]["resource"]["status"] == "superseded"
    assert entries[1]["response"]["etag"] == 'W/"2"'


def test_a_provenance_can_describe_what_is_made_beside_it(ada: Caller) -> None:
    provenance = {
        "resourceType": "Provenance",
        "recorded": "2024-03-05T10:30:00Z",
        "target": [{"reference": HEADER}],
        "agent": [{"who": {"reference": "Patient/ada"}}],
    }
    entries = _sent(ada, _post(provenance), _post(_message("1"), HEADER))
    assert entries[0]["resource"]["target"] == [{"reference": f"Communication/{entries[1]['resource']['id']}"}]


def test_a_conditional_reference_is_resolved_or_refused(ada: Caller) -> None:
    ada.call("POST", "Communication", _message("1"))
    reply = _message("2", partOf=[{"reference": f"Communication?identifier={SYSTEM}|1"}])
    assert _sent(ada, _post(reply))[0]["resource"]["partOf"][0]["reference"].startswith("Communication/")
    reply = _message("3", partOf=[{"reference": f"Communication?identifier={SYSTEM}|9"}])
    assert ada.refused("POST", "", _bundle(_post(reply)))[0] == 412


def test_a_patch_in_a_transaction_is_a_binary(ada: Caller) -> None:
    operations = [{"op": "replace", "path": "/status", "value": "amended"}]
    entry = _sent(ada, _patch("Observation/glucose", operations, ifMatch='W/"1"'))[0]
    assert (entry["resource"]["status"], entry["response"]["etag"]) == ("amended", 'W/"2"')
    assert ada.refused("POST", "", _bundle(_patch("Observation/glucose", operations, ifMatch='W/"1"')))[0] == 412


BAD = [
    (_ask("GET", "Observation/absent"), 404),
    (_ask("DELETE", "Observation/ben-pulse"), 404),
    (_ask("DELETE", "Patient/ada"), 403),
    (_ask("DELETE", "Observation?code=1"), 400),
    (_ask("DELETE", "Observation/pulse", ifMatch='W/"7"'), 412),
    (_ask("GET", "Nonsense/1"), 404),
    (_ask("GET", "https://elsewhere.example/Patient/ada"), 404),
    (_ask("LOCK", "Observation/pulse"), 400),
    (_ask("POST", "Communication"), 400),
    ({"resource": _message("1")}, 400),
    (_post(_message("1"), ifNoneExist="nonsense=1"), 400),
    (_post(_message("1", partOf=[{"reference": REPLY}])), 400),
    (_post(_message("1", subject={"reference": "Patient/ben"})), 403),
    ({"resource": _message("1"), **_ask("POST", "Task")}, 400),
    ({"resource": _message("1"), **_ask("POST", "Communication/1")}, 400),
    (_put(_message("1", id="absent")), 404),
    ({"resource": _message("1", id="other"), **_ask("PUT", "Communication/one")}, 400),
    ({"resource": {"resourceType": "Binary", "contentType": "a/b"}, **_ask("PATCH", "Observation/pulse")}, 415),
    (_post({"resourceType": "Practitioner"}), 403),
    (_post({"resourceType": "Task", "status": "completed", "for": {"reference": "Patient/ada"}}), 422),
]


@pytest.mark.parametrize(("entry", "status"), BAD)
def test_one_bad_entry_undoes_the_whole_transaction(ada: Caller, entry: dict[str, Any], status: int) -> None:
    glucose = ada.get("Observation/glucose").json or {}
    good = [_post(_message("8"), HEADER), _put({**glucose, "status": "amended"}), _ask("DELETE", "Condition/none")]
    bundle = _bundle(good[0], good[1], entry)
    before = ada.get("_history").text.partition('"total"')[2]
    assert ada.refused("POST", "", bundle)[0] == status
    assert ada.get("_history").text.partition('"total"')[2] == before
    assert ada.found("Communication") == set()
    assert (ada.get("Observation/glucose").json or {}) == glucose
    assert "glucose" in ada.found("Observation?status=final")


@pytest.mark.parametrize(("entry", "status"), [row for row in BAD if REPLY not in str(row)])
def test_one_bad_entry_of_a_batch_is_refused_alone(ada: Caller, entry: dict[str, Any], status: int) -> None:
    entries = _sent(ada, _post(_message("8")), entry, _ask("GET", "Patient/ada"), kind="batch")
    assert _statuses(entries) == [201, status, 200]
    assert entries[1]["response"]["outcome"]["resourceType"] == "OperationOutcome"


def test_an_entry_that_fails_is_named(ada: Caller) -> None:
    answer = ada.call("POST", "", _bundle(_post(_message("8")), _ask("GET", "Observation/absent")))
    assert (answer.json or {})["issue"][0]["diagnostics"].startswith("entry 1: ")


def test_a_deletion_that_was_undone_leaves_the_resource_findable(ada: Caller) -> None:
    bundle = _bundle(_ask("DELETE", "Observation/pulse"), _ask("GET", "Observation/absent"))
    assert ada.refused("POST", "", bundle)[0] == 404
    assert ada.get("Observation/pulse").headers["ETag"] == 'W/"1"'
    assert "pulse" in ada.found("Observation")


@pytest.mark.parametrize(
    "entries",
    [
        (_ask("DELETE", "Observation/pulse"), _ask("DELETE", "Observation/pulse")),
        (_post(_message("1"), HEADER), _post(_message("2"), HEADER)),
        (_post(_message("1"), ifNoneExist="identifier=a|b"), _post(_message("2"), ifNoneExist="identifier=a|b")),
    ],
)
def test_entries_of_a_transaction_do_not_get_in_each_others_way(ada: Caller, entries: Any) -> None:
    assert ada.refused("POST", "", _bundle(*entries)) == (400, "duplicate")


def test_an_entry_of_a_batch_cannot_refer_to_another(ada: Caller) -> None:
    entries = _sent(ada, *_thread(), kind="batch")
    assert _statuses(entries) == [201, 400]


def test_each_entry_needs_its_scope(ada: Caller, call_as: type[Caller]) -> None:
    writer = call_as(ada.sandbox, scope="launch/patient patient/Communication.c")
    entries = _sent(writer, _post(_message("1")), _ask("GET", "Patient/ada"), kind="batch")
    assert _statuses(entries) == [201, 403]
    assert writer.refused("POST", "", _bundle(_post(_message("2")), _ask("GET", "Patient/ada")))[0] == 403
    assert len(ada.found("Communication")) == 1


def test_reads_of_every_kind_can_be_batched(ada: Caller) -> None:
    urls = (
        *("Patient/ada", "Observation?code=2339-0", "Observation/glucose/_history", "Observation/_history"),
        *("_history", "Observation/glucose/_history/1", "Patient/ada/$everything?_type=Observation"),
        f"{ada.sandbox.base_url}/Patient/ada",
    )
    entries = _sent(ada, *(_ask("GET", url) for url in urls), kind="batch")
    assert _statuses(entries) == [200] * len(urls)
    assert entries[1]["resource"]["entry"][0]["resource"]["id"] == "glucose"
    assert all("resource" in entry for entry in entries)


def test_a_batched_read_may_say_that_nothing_has_changed(ada: Caller) -> None:
    updated = (ada.get("Patient/ada").json or {})["meta"]["lastUpdated"]
    entries = _sent(
        ada,
        _ask("GET", "Patient/ada", ifNoneMatch='W/"1"'),
        _ask("GET", "Patient/ada", ifModifiedSince=updated),
        _ask("GET", "Patient/ada", ifNoneMatch='W/"2"'),
        _ask("HEAD", "Patient/ada"),
    )
    assert _statuses(entries) == [304, 304, 200, 200]
    assert ["resource" in entry for entry in entries] == [False, False, True, False]


def test_a_client_may_ask_for_no_bodies(ada: Caller) -> None:
    answer = ada.call("POST", "", _bundle(*_thread()), Prefer="return=minimal")
    assert all("resource" not in entry for entry in (answer.json or {})["entry"])


@pytest.mark.parametrize("body", ["", "[]", '{"resourceType":"Patient"}', '{"resourceType":"Bundle","type":"history"}'])
def test_a_body_that_is_no_such_bundle_is_refused(ada: Caller, body: str) -> None:
    assert ada.refused("POST", "", body)[0] == 400
    assert ada.refused("POST", "", '{"resourceType":"Bundle","type":"batch","entry":{}}')[0] == 400


def test_an_empty_transaction_has_an_empty_answer(ada: Caller) -> None:
    for path in ("", "/"):
        answer = ada.client.post(
            f"/fhir{path}",
            data=json.dumps({"resourceType": "Bundle", "type": "transaction"}),
            headers={"Authorization": f"Bearer {ada.tokens['access_token']}"},
        )
        assert answer.json == {"resourceType": "Bundle", "type": "transaction-response"}


def test_nobody_sends_a_bundle_without_signing_in(ada: Caller) -> None:
    assert ada.refused("POST", "", _bundle(), Authorization="Bearer nonsense")[0] == 401


def test_a_transaction_outlives_a_restart_and_one_that_failed_does_not(
    tmp_path: Path, open_sandbox: Callable[..., Sandbox], call_as: type[Caller]
) -> None:
    sandbox = open_sandbox(file=tmp_path / "portal.db")
    caller = call_as(sandbox)
    _sent(caller, *_thread())
    caller.refused("POST", "", _bundle(_post(_message("9")), _ask("GET", "Observation/absent")))
    sandbox.stop()
    again = open_sandbox(file=tmp_path / "portal.db")
    assert len(call_as(again).found("Communication")) == 2
    again.stop()


def test_what_cannot_be_remembered_is_not_kept_in_memory_either(
    tmp_path: Path, open_sandbox: Callable[..., Sandbox], call_as: type[Caller]
) -> None:
    sandbox = open_sandbox(file=tmp_path / "portal.db")
    caller = call_as(sandbox)
    repository = sandbox.portal.repository
    sandbox.stop()

    def write_twice() -> None:
        with repository.transaction():
            repository.put(_message("1"), "one")
            repository.put(_message("2"), "one")

    with pytest.raises(sqlite3.ProgrammingError):
        write_twice()
    assert repository.current("Communication", "one") is None
    assert caller.found("Communication") == set()


def test_bundles_of_requests_are_declared(ada: Caller) -> None:
    rest = (ada.client.get("/fhir/metadata").json or {})["rest"][0]
    assert {one["code"] for one in rest["interaction"]} >= {"transaction", "batch"}
