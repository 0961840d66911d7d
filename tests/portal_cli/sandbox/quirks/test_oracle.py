"""The practice portal in Oracle Health's manner."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.portal_cli.sandbox.quirks.conftest import claims, ids, next_of, observations, task

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive


@pytest.fixture
def ada(arrive: Arrive) -> Caller:
    return arrive("oracle")


def test_appointments_are_searched_with_a_date(ada: Caller) -> None:
    assert ada.refused("GET", "Appointment?patient=ada") == (400, "required")
    assert ids(ada.get("Appointment?patient=ada&date=ge1900-01-01T00:00:00Z").json or {}) == ["visit"]


def test_proposed_appointments_are_found_by_the_period_that_was_asked_for(ada: Caller) -> None:
    assert ada.found("Appointment?patient=ada&-date-or-req-period=ge1900-01-01T00:00:00Z") == {"visit", "wish"}


def test_a_search_names_the_patient_or_an_id(ada: Caller) -> None:
    assert ada.refused("GET", "Observation?category=laboratory") == (400, "required")
    assert ada.found("Observation?_id=glucose") == {"glucose"}
    assert ada.found("Observation?patient=ada") == {"glucose"}


@pytest.mark.parametrize("dates", ["date=ge2024-01-01", "date=lt2024-12-31", "date=ge2024-01-01&date=gt2024-01-02"])
def test_a_date_range_has_both_its_ends(ada: Caller, dates: str) -> None:
    assert ada.refused("GET", f"Observation?patient=ada&{dates}") == (400, "value")
    assert ada.found("Observation?patient=ada&date=ge2024-01-01&date=lt2025-01-01") == {"glucose"}
    assert ada.refused("GET", "Slot?start=ge2024-01-01") == (400, "value")
    assert ada.found("Slot?start=ge2024-01-01&start=lt2025-01-01") == {"slot"}


def test_some_types_can_be_narrowed_by_their_last_update(ada: Caller) -> None:
    assert ada.found("Observation?patient=ada&_lastUpdated=ge2999") == set()
    assert ada.found("Slot?_lastUpdated=ge2999") == {"slot"}


def test_the_token_answer_does_not_name_the_patient(ada: Caller) -> None:
    assert "patient" not in ada.tokens
    assert "fhirUser" not in ada.tokens
    assert claims(ada.tokens["id_token"])["fhirUser"].endswith("/Patient/ada")
    renewed = ada.refresh(ada.tokens["refresh_token"]).json or {}
    assert "patient" not in renewed
    assert renewed["refresh_token"]


def test_a_change_says_which_version_it_is_of(ada: Caller) -> None:
    place = ada.call("POST", "Task", task()).headers["Location"].partition("/_history")[0]
    assert ada.refused("PATCH", place, "[]") == (412, "required")
    assert ada.refused("PUT", place, "{}", If_Match='W/"1"') == (405, "not-supported")
    assert ada.refused("DELETE", place, If_Match='W/"1"') == (405, "not-supported")


def test_a_create_has_no_condition(ada: Caller) -> None:
    for _ in range(2):
        assert ada.call("POST", "Task", task(), If_None_Exist="identifier=urn:ours%7C1").status_code == 201
    assert len(ada.found("Task?patient=ada&identifier=urn:ours%7C1")) == 2


def test_there_is_no_transaction(ada: Caller) -> None:
    refused = ada.refused("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": []})
    assert refused == (405, "not-supported")


def test_each_entry_of_a_batch_is_answered_as_if_it_had_come_alone(ada: Caller) -> None:
    patch = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": "W10="}
    requests: list[tuple[str, str, Any]] = [
        ("GET", "Appointment?patient=ada", None),
        ("GET", "Appointment?patient=ada&date=ge1900", None),
        ("GET", f"{ada.sandbox.base_url}/Observation/glucose", None),
        ("POST", "Task", task()),
        ("PUT", "Patient/ada", {"resourceType": "Patient", "id": "ada"}),
        ("PATCH", "Patient/ada", patch),
        ("GET", "Communication?patient=ada", None),
    ]
    entries = [
        {"request": {"method": method, "url": url}, **({"resource": resource} if resource else {})}
        for method, url, resource in requests
    ]
    answered = ada.call("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries}).json or {}
    assert answered["type"] == "batch-response"
    given = answered["entry"]
    statuses = [entry["response"]["status"][:3] for entry in given]
    assert statuses == ["400", "200", "200", "201", "405", "412", "404"]
    assert given[0]["response"]["outcome"]["issue"][0]["code"] == "required"
    assert ids(given[1]["resource"]) == ["visit"]
    assert given[2]["resource"]["id"] == "glucose"
    assert given[3]["response"]["etag"] == 'W/"1"'
    assert ada.found("Task?patient=ada") == {given[3]["resource"]["id"]}


def test_a_batch_is_no_entry_of_a_batch(ada: Caller) -> None:
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "batch"}
    for _ in range(2):
        bundle = {**bundle, "entry": [{"request": {"method": "POST", "url": ""}, "resource": dict(bundle)}]}
    answered = ada.call("POST", "", bundle).json or {}
    assert answered["entry"][0]["response"]["status"] == "400 Bad Request"


def test_a_batch_without_entries_is_answered_without_any(ada: Caller) -> None:
    answered = ada.call("POST", "", {"resourceType": "Bundle", "type": "batch"}).json
    assert answered == {"resourceType": "Bundle", "type": "batch-response"}


def test_a_read_is_not_conditional_but_has_a_tag(ada: Caller) -> None:
    answer = ada.get("Observation/glucose", If_None_Match='W/"1"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')


def test_the_count_is_ignored_in_a_search_by_id(arrive: Arrive) -> None:
    ada = arrive("oracle", observations(3))
    assert len(ids(ada.get("Observation?_id=o0,o1,o2&_count=1").json or {})) == 3
    assert len(ids(ada.get("Observation?patient=ada&_count=1").json or {})) == 1


def test_what_changes_while_pages_are_turned_comes_again(arrive: Arrive) -> None:
    ada = arrive("oracle", observations(3))
    first = ada.get("Observation?patient=ada&_count=2").json or {}
    changed = json.loads(ada.get("Observation/o0").text)
    repository = ada.sandbox.portal.repository
    repository.put({**changed, "status": "amended"}, "o0")
    last = ada.get(next_of(first)).json or {}
    assert ids(first) + ids(last) == ["o0", "o1", "o2", "o0"]
    assert [entry["resource"]["status"] for entry in last["entry"]] == ["final", "amended"]
    assert next_of(last) == ""


@pytest.mark.parametrize("accept", ["application/fhir+xml", "text/html"])
def test_another_format_than_json_is_refused_without_a_word(ada: Caller, accept: str) -> None:
    answer = ada.get("Observation/glucose", Accept=accept)
    assert (answer.status_code, answer.data) == (406, b"")
