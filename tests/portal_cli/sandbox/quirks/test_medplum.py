"""The practice portal in Medplum's manner."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.portal_cli.sandbox.conftest import CHALLENGE
from tests.portal_cli.sandbox.quirks.conftest import ids, observations, task

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive


@pytest.fixture
def ada(arrive: Arrive) -> Caller:
    return arrive("medplum")


def authorize(ada: Caller, redirect_uri: str, method: str = "GET") -> int:
    parameters = {
        "response_type": "code",
        "client_id": "portal-terminal",
        "redirect_uri": redirect_uri,
        "scope": "patient/*.rs",
        "state": "s" * 22,
        "aud": ada.sandbox.base_url,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    if method == "POST":
        return ada.client.post("/auth/authorize", data=parameters).status_code
    return ada.client.get(f"/auth/authorize?{urlencode(parameters)}").status_code


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_redirect_address_is_compared_to_the_letter(ada: Caller, method: str) -> None:
    assert authorize(ada, "http://127.0.0.1:8765/callback", method) == 200
    assert authorize(ada, "http://127.0.0.1:8766/callback", method) == 400
    assert authorize(ada, "http://127.0.0.1:8765/callback/", method) == 400


def test_a_page_has_twenty_results_unless_more_are_asked_for(arrive: Arrive) -> None:
    ada = arrive("medplum", observations(25))
    assert len(ids(ada.get("Observation?patient=ada").json or {})) == 20
    assert len(ids(ada.get("Observation?patient=ada&_count=1000").json or {})) == 25


def test_a_stale_update_is_a_failed_precondition(ada: Caller) -> None:
    body = ada.get("Patient/ada").text
    assert ada.refused("PUT", "Patient/ada", body, If_Match='W/"7"') == (412, "conflict")
    assert ada.call("PUT", "Patient/ada", body, If_Match='W/"1"').status_code == 200


def test_a_read_is_never_not_modified(ada: Caller) -> None:
    assert ada.get("Patient/ada", If_None_Match='W/"1"').status_code == 200


def test_a_condition_with_the_type_before_it_creates_a_duplicate(ada: Caller) -> None:
    statuses = [ada.call("POST", "Task", task(), If_None_Exist="identifier=urn:ours%7C1").status_code for _ in "ab"]
    assert statuses == [201, 200]
    again = ada.call("POST", "Task", task(), If_None_Exist="Task?identifier=urn:ours%7C1")
    assert again.status_code == 201
    assert len(ada.found("Task?patient=ada")) == 2
