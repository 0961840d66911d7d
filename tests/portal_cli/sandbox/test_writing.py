"""A patient's writes: once only, never over someone else's, within the rules of each kind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller

KEY = "urn:request-id|0193a7c4"


def _message(value: str = "0193a7c4", subject: str = "Patient/ada") -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "identifier": [{"system": "urn:request-id", "value": value}],
        "status": "in-progress",
        "subject": {"reference": subject},
        "payload": [{"contentString": "Good morning"}],
    }


def _task(status: str = "requested") -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": status,
        "intent": "proposal",
        "code": {"coding": [{"code": "fulfill"}, {"code": "refill"}]},
        "for": {"reference": "Patient/ada"},
        "focus": {"reference": "MedicationRequest/order"},
    }


def test_a_create_says_where_the_resource_is(ada: Caller) -> None:
    answer = ada.call("POST", "Communication", _message())
    body = answer.json or {}
    assert answer.status_code == 201
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"]
    assert answer.headers["Location"].endswith(f"/fhir/Communication/{body['id']}/_history/1")


def test_a_client_may_ask_for_no_body(ada: Caller) -> None:
    answer = ada.call("POST", "Communication", _message(), Prefer="return=minimal")
    assert answer.status_code == 201
    assert answer.data == b""


def test_a_repeated_conditional_create_finds_the_first(ada: Caller) -> None:
    first = ada.call("POST", "Communication", _message(), If_None_Exist=f"identifier={KEY}")
    again = ada.call("POST", "Communication", _message(), If_None_Exist="identifier=urn:request-id%7C0193a7c4")
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json or {})["id"] == (again.json or {})["id"]


def test_a_condition_that_matches_several_is_refused(ada: Caller) -> None:
    ada.call("POST", "Communication", _message())
    ada.call("POST", "Communication", _message())
    assert ada.refused("POST", "Communication", _message(), If_None_Exist=f"identifier={KEY}")[0] == 412


@pytest.mark.parametrize("condition", ["Communication?identifier=a|b", "nonsense=1", "_sort=sent", "identifier="])
def test_a_condition_that_names_no_parameter_is_refused(ada: Caller, condition: str) -> None:
    assert ada.refused("POST", "Communication", _message(), If_None_Exist=condition)[0] == 400


def test_conditional_creates_at_the_same_moment_make_one(ada: Caller) -> None:
    def create(_place: int) -> int:
        return ada.call("POST", "Communication", _message(), If_None_Exist=f"identifier={KEY}").status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(create, range(16)))
    assert statuses == [200] * 15 + [201]


def test_a_condition_does_not_see_another_patients_resources(ada: Caller, ben: Caller) -> None:
    ben.call("POST", "Communication", _message(subject="Patient/ben"))
    answer = ada.call("POST", "Communication", _message(), If_None_Exist=f"identifier={KEY}")
    assert answer.status_code == 201


def test_an_update_makes_the_next_version(ada: Caller) -> None:
    body = ada.get("Observation/glucose").text.replace("final", "amended")
    answer = ada.call("PUT", "Observation/glucose", body, If_Match='W/"1"')
    assert answer.status_code == 200
    assert answer.headers["ETag"] == 'W/"2"'
    assert ada.get("Observation/glucose/_history/1").json != answer.json
    history = ada.get("Observation/glucose/_history").json or {}
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["2", "1"]


def test_a_stale_update_is_refused(ada: Caller) -> None:
    body = ada.get("Observation/glucose").text
    assert ada.call("PUT", "Observation/glucose", body, If_Match='W/"1"').status_code == 200
    assert ada.refused("PUT", "Observation/glucose", body, If_Match='W/"1"') == (412, "conflict")


def test_an_update_must_name_the_same_resource(ada: Caller) -> None:
    body = ada.get("Observation/glucose").text
    assert ada.refused("PUT", "Observation/pulse", body)[0] == 400
    assert ada.refused("PUT", "Observation/unheard-of", body.replace('"id":"glucose"', '"id":"unheard-of"'))[0] == 404
    assert ada.refused("PUT", "Condition/glucose", body)[0] == 400


@pytest.mark.parametrize("body", ["", "{", "[]", '{"id":1}', '{"resourceType":"Patient"}', "[" * 50_000])
def test_a_body_that_is_no_such_resource_is_refused(ada: Caller, body: str) -> None:
    assert ada.refused("POST", "Communication", body)[0] == 400


def test_an_unchanged_resource_is_not_sent_again(ada: Caller) -> None:
    first = ada.get("Observation/glucose")
    again = ada.get("Observation/glucose", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    since = ada.get("Observation/glucose", If_Modified_Since=first.headers["Last-Modified"])
    assert since.status_code == 304
    assert ada.get("Observation/glucose", If_None_Match='W/"9"').status_code == 200
    for tags in ('"1"', '"x", W/"1"', "*"):
        assert ada.get("Observation/glucose", If_None_Match=tags).status_code == 304
    newer = ada.get("Observation/glucose", If_None_Match='"9"', If_Modified_Since=first.headers["Last-Modified"])
    assert newer.status_code == 200


def test_a_deleted_resource_is_gone(ada: Caller) -> None:
    assert ada.call("DELETE", "Observation/pulse").status_code == 204
    assert ada.refused("GET", "Observation/pulse") == (410, "deleted")
    assert ada.refused("GET", "Observation/pulse/_history/2")[0] == 410
    assert ada.get("Observation/pulse/_history/1").status_code == 200
    assert "pulse" not in ada.found("Observation")
    assert ada.call("DELETE", "Observation/pulse").status_code == 204


def test_nobody_deletes_a_patient(ada: Caller) -> None:
    assert ada.refused("DELETE", "Patient/ada")[0] == 403


def test_personal_details_can_be_changed(ada: Caller) -> None:
    body = ada.get("Patient/ada").json or {}
    body["telecom"] = [{"system": "phone", "value": "555-0100"}]
    assert ada.call("PUT", "Patient/ada", body, If_Match='W/"1"').status_code == 200
    assert ada.found("Patient?phone=555-0100") == {"ada"}


def test_a_task_begins_as_a_request(ada: Caller) -> None:
    assert ada.call("POST", "Task", _task()).status_code == 201
    assert ada.refused("POST", "Task", _task("completed")) == (422, "business-rule")


def test_a_patient_may_cancel_a_task_and_nothing_else(ada: Caller) -> None:
    task = ada.call("POST", "Task", _task()).json or {}
    address = f"Task/{task['id']}"
    for status in ("received", "accepted", "completed", "draft", "made-up"):
        refused = ada.refused("PUT", address, {**task, "status": status})
        assert refused == (422, "business-rule")
    assert ada.call("PUT", address, {**task, "status": "cancelled"}).status_code == 200
    assert ada.refused("PUT", address, {**task, "status": "requested"})[0] == 422
    assert ada.refused("PUT", address, {**task, "status": "cancelled"})[0] == 422


def test_tasks_are_found_by_patient_and_focus(ada: Caller) -> None:
    task = ada.call("POST", "Task", _task()).json or {}
    query = "Task?patient=ada&focus=MedicationRequest/order&status=requested,received"
    assert ada.found(query) == {task["id"]}


def test_a_binary_is_its_writers_and_comes_as_json_or_as_itself(ada: Caller, ben: Caller) -> None:
    body = {"resourceType": "Binary", "contentType": "image/png", "data": "aGk="}
    key = (ada.call("POST", "Binary", body).json or {})["id"]
    assert (ada.get(f"Binary/{key}").json or {})["data"] == "aGk="
    raw = ada.get(f"Binary/{key}", Accept="image/png")
    assert (raw.data, raw.content_type) == (b"hi", "image/png")
    for wanted in ("*/*", "image/*", "image/png, application/fhir+json;q=0.5"):
        assert ada.get(f"Binary/{key}", Accept=wanted).data == b"hi"
    for wanted in ("application/fhir+json", "application/json", "application/fhir+json, */*;q=0.1"):
        wrapped = ada.get(f"Binary/{key}", Accept=wanted)
        assert wrapped.content_type.startswith("application/fhir+json")
        assert (wrapped.json or {})["data"] == "aGk="
    assert ben.refused("GET", f"Binary/{key}")[0] == 404
