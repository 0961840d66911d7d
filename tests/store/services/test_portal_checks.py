"""Looking a portal over: each thing that can be wrong with one is named, with what to do about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import BadAnswer, InsecureAddress, NotOffered, SignInRefused
from store.services.portal_checks import Looked, Outcome, PortalChecks
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.config import Settings
    from tests.support.hostile import ScriptedPortal

SMART = "/fhir/.well-known/smart-configuration"


def answering(portal: ScriptedPortal, path: str, document: dict[str, Any], **headers: str) -> None:
    portal.behaviours[path] = lambda _: Answer(200, json.dumps(document).encode(), headers)


def look(settings: Settings, portal: ScriptedPortal, client_id: str | None = None) -> tuple[Looked, dict[str, Outcome]]:
    found = PortalChecks(settings).look(portal.base_url, client_id)
    return found, {str(step.name): step.outcome for step in found.steps}


def test_what_is_wrong_has_a_remedy_and_what_is_right_needs_none(settings: Settings, portal: ScriptedPortal) -> None:
    answering(portal, SMART, portal.smart_configuration() | {"code_challenge_methods_supported": ["plain"]})
    found, steps = look(settings, portal)
    assert steps["PKCE with S256"] is Outcome.FAILED
    assert isinstance(found.failure, BadAnswer)
    assert all(step.remedy for step in found.steps if step.outcome in {Outcome.FAILED, Outcome.WARNING})


def test_another_version_of_fhir_is_not_offered(settings: Settings, portal: ScriptedPortal) -> None:
    answering(portal, "/fhir/metadata", portal.capability() | {"fhirVersion": "3.0.2"})
    found, steps = look(settings, portal)
    assert steps["FHIR version"] is Outcome.FAILED
    assert isinstance(found.failure, NotOffered)


def test_an_endpoint_in_clear_is_refused(settings: Settings, portal: ScriptedPortal) -> None:
    answering(portal, SMART, portal.smart_configuration() | {"token_endpoint": "http://evil.example.org/token"})
    found, steps = look(settings, portal)
    assert steps["endpoints"] is Outcome.FAILED
    assert isinstance(found.failure, InsecureAddress)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, b"Invalid OAuth 2.0 request: unknown client"),
        Answer(302, b"", {"Location": "http://127.0.0.1:8765/callback?error=unauthorized_client"}),
    ],
)
def test_a_client_id_that_the_sign_in_page_refuses_is_named(
    settings: Settings, portal: ScriptedPortal, answer: Answer
) -> None:
    portal.behaviours["GET /auth/authorize"] = lambda _: answer
    portal.behaviours["GET /fhir/auth/authorize"] = lambda _: answer
    portal.behaviours["GET /authorize"] = lambda _: answer
    found, steps = look(settings, portal, "unheard-of")
    assert steps["client id"] is Outcome.FAILED
    assert isinstance(found.failure, SignInRefused)


def test_without_a_client_id_the_step_is_left_out_and_says_how_to_get_one(
    settings: Settings, portal: ScriptedPortal
) -> None:
    found, steps = look(settings, portal)
    assert steps["client id"] is Outcome.SKIPPED
    assert next(step.remedy for step in found.steps if step.name == "client id")


def test_a_clock_that_is_off_is_told(settings: Settings, portal: ScriptedPortal) -> None:
    answering(portal, SMART, portal.smart_configuration(), Date="Wed, 21 Oct 2015 07:28:00 GMT")
    found, steps = look(settings, portal)
    assert steps["clock"] is Outcome.WARNING
    assert found.failure is None


def test_the_maker_is_known_by_what_the_portal_says_of_its_software(settings: Settings, portal: ScriptedPortal) -> None:
    answering(portal, "/fhir/metadata", portal.capability() | {"software": {"name": "Epic"}})
    found, _ = look(settings, portal)
    assert found.vendor.name == "Epic (MyChart)"
    assert "fhir.epic.com" in found.vendor.register_at
