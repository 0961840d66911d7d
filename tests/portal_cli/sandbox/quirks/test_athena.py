"""The practice portal in athenahealth's manner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.portal_cli.sandbox.quirks.conftest import next_of, observations, task

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive


@pytest.fixture
def ada(arrive: Arrive) -> Caller:
    return arrive("athena")


def test_prescriptions_are_searched_with_their_intent(ada: Caller) -> None:
    assert ada.refused("GET", "MedicationRequest?patient=ada") == (400, "required")
    assert ada.refused("GET", "MedicationRequest?patient=ada&intent=proposal") == (400, "value")
    assert ada.found("MedicationRequest?patient=ada&intent=order,plan") == {"order"}
    assert ada.found("MedicationRequest?patient=ada&intent=plan") == set()


def test_only_answers_to_questionnaires_are_taken(ada: Caller) -> None:
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": {"reference": "Patient/ada"}}
    assert ada.call("POST", "QuestionnaireResponse", answers).status_code == 201
    assert ada.refused("POST", "Task", task()) == (405, "not-supported")
    assert ada.refused("PUT", "Patient/ada", ada.get("Patient/ada").text) == (405, "not-supported")


def test_pages_are_asked_for_with_a_cursor(arrive: Arrive) -> None:
    ada = arrive("athena", observations(3))
    assert "?cursor=" in next_of(ada.get("Observation?patient=ada&_count=2").json or {})


def test_renewal_is_not_declared_and_yet_possible(ada: Caller) -> None:
    configuration = ada.client.get("/fhir/.well-known/smart-configuration").json or {}
    assert "refresh_token" not in configuration["grant_types_supported"]
    assert "offline_access" in configuration["scopes_supported"]
    assert (ada.refresh(ada.tokens["refresh_token"]).json or {})["access_token"]
