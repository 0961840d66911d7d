"""Answers that a portal in trouble gives."""

from __future__ import annotations

import email.utils
import time
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from portal_cli.sandbox.clock import Clock
from portal_cli.sandbox.faults.faults import Faults
from portal_cli.sandbox.faults.front import Front
from portal_cli.sandbox.oauth.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

TASK = '{"resourceType":"Task","status":"requested","intent":"proposal","for":{"reference":"Patient/ada"}}'


@pytest.fixture
def ada(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> Caller:
    return call_as(open_sandbox())


def plan(ada: Caller, kind: str) -> None:
    ada.sandbox.faults.once(kind)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("429-silent", 429), ("500", 500), ("502", 502), ("503", 503), ("504", 504)],
)
def test_a_request_fails_once_and_then_goes_well(ada: Caller, kind: str, status: int) -> None:
    plan(ada, kind)
    answer = ada.get("Patient/ada")
    assert (answer.status_code, (answer.json or {})["resourceType"]) == (status, "OperationOutcome")
    assert "Retry-After" not in answer.headers
    assert ada.get("Patient/ada").status_code == 200
    assert ada.sandbox.faults.counts() == {kind: 1}


def test_a_busy_portal_says_in_seconds_when_to_come_back(ada: Caller) -> None:
    ada.sandbox.faults.retry_after = 7
    plan(ada, "429")
    answer = ada.get("Patient/ada")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_busy_portal_says_as_a_date_when_to_come_back(ada: Caller) -> None:
    ada.sandbox.faults.retry_after = 3600
    plan(ada, "429-date")
    moment = email.utils.parsedate_to_datetime(ada.get("Patient/ada").headers["Retry-After"])
    assert 3500 < moment.timestamp() - time.time() <= 3600


def test_maintenance_is_a_page_of_html(ada: Caller) -> None:
    plan(ada, "maintenance")
    answer = ada.get("Patient/ada")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert answer.headers["Retry-After"] == "1"


def test_a_sign_in_page_has_the_status_of_success(ada: Caller) -> None:
    plan(ada, "html")
    answer = ada.get("Patient/ada")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "Sign in" in answer.text


def test_garbage_says_that_it_is_fhir(ada: Caller) -> None:
    plan(ada, "garbage")
    answer = ada.get("Patient/ada")
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    with pytest.raises(ValueError, match="Expecting value"):
        answer.get_json()


def test_a_wrong_content_type_is_on_the_right_answer(ada: Caller) -> None:
    right = ada.get("Patient/ada").text
    plan(ada, "wrong-type")
    answer = ada.get("Patient/ada")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", right)


@pytest.mark.parametrize(("kind", "done"), [("500", 0), ("503", 0), ("502", 1), ("504", 1)])
def test_a_gateway_fails_after_the_portal_has_acted_and_the_portal_before(ada: Caller, kind: str, done: int) -> None:
    plan(ada, kind)
    assert ada.call("POST", "Task", TASK).status_code == int(kind)
    assert len(ada.found("Task?patient=ada")) == done


def test_a_token_that_ends_early_is_refused_until_it_is_renewed(ada: Caller) -> None:
    plan(ada, "expired")
    assert ada.refused("GET", "Patient/ada") == (401, "login")
    assert ada.refused("GET", "Patient/ada") == (401, "login")
    ada.tokens = ada.refresh(ada.tokens["refresh_token"]).json or {}
    assert ada.get("Patient/ada").status_code == 200
    assert ada.sandbox.faults.counts() == {"expired": 1}


def test_only_a_good_token_can_end_early(ada: Caller) -> None:
    plan(ada, "expired")
    assert ada.get("Patient/ada", Authorization="Bearer invented").status_code == 401
    assert ada.sandbox.faults.counts() == {}


def test_a_request_waits_as_long_as_was_asked_for() -> None:
    waited: list[float] = []
    front = Front(Faults("latency=3s", 1), Tokens(Clock().now), Response("late"), waited.append)
    answer = Response.from_app(front, create_environ("/fhir/Patient"))
    assert answer.get_data() == b"late"
    assert waited == [3.0]


def test_faults_by_chance_leave_the_sign_in_alone(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> None:
    caller = call_as(open_sandbox(faults="503=100%"))
    assert caller.get("Patient/ada").status_code == 503
    assert caller.client.get("/fhir/metadata").status_code == 503
    assert caller.client.get("/fhir/.well-known/smart-configuration").status_code == 200
