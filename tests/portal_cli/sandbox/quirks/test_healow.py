"""The practice portal in the manner of eClinicalWorks (healow)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.portal_cli.sandbox.quirks.conftest import claims, ids, next_of, observations, task

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive


@pytest.fixture
def ada(arrive: Arrive) -> Caller:
    return arrive("healow")


def test_the_sign_in_cannot_be_renewed_and_only_the_id_token_names_the_patient(ada: Caller) -> None:
    assert ada.tokens.keys().isdisjoint({"refresh_token", "patient", "fhirUser"})
    assert claims(ada.tokens["id_token"])["fhirUser"].endswith("/Patient/ada")
    assert (ada.refresh("anything").json or {})["error"] == "unsupported_grant_type"
    configuration = ada.client.get("/fhir/.well-known/smart-configuration").json or {}
    assert "offline_access" not in configuration["scopes_supported"]
    assert "permission-offline" not in configuration["capabilities"]


def test_who_asks_too_often_gets_nothing_until_the_minute_is_over(ada: Caller) -> None:
    gate, clock = ada.sandbox.gate, ada.sandbox.portal.clock
    assert gate
    assert gate.requests_per_minute == 250
    gate.requests_per_minute = 3
    clock.advance(60 - clock.now().timestamp() % 60)
    statuses = [ada.get("Observation?patient=ada").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert "Retry-After" not in ada.get("metadata").headers
    assert ada.client.post("/auth/token").status_code == 429
    clock.advance(60)
    assert ada.get("Observation?patient=ada").status_code == 200


def test_pages_are_asked_for_by_number(arrive: Arrive) -> None:
    ada = arrive("healow", observations(5))
    bundle = ada.get("Observation?patient=ada&_count=2").json or {}
    assert "page=2" in next_of(bundle)
    bundle = ada.get(next_of(bundle)).json or {}
    assert "page=3" in next_of(bundle)
    assert ids(ada.get(next_of(bundle)).json or {}) == ["o4"]


def test_only_answers_to_questionnaires_are_taken(ada: Caller) -> None:
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": {"reference": "Patient/ada"}}
    assert ada.call("POST", "QuestionnaireResponse", answers).status_code == 201
    assert ada.refused("POST", "Task", task()) == (405, "not-supported")
