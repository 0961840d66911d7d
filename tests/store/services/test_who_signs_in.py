"""Whom a sign-in is for, what it may do, and how little of a portal's word is enough."""

from __future__ import annotations

import json
import threading
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from store.errors import BadAnswer, SignInRefused
from store.services.sign_in import Profile, SignInRequest
from tests.support.hostile import Offer
from tests.support.signed import OTHER, Signer
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from store.services.portals import PortalSummary
    from store.services.sign_in import SignIn
    from tests.support.hostile import ScriptedPortal

READ = "patient/*.rs offline_access"


@pytest.fixture
def signer(portal: ScriptedPortal) -> Signer:
    found = Signer(portal)
    found.install()
    return found


def with_browser(attempt: SignIn) -> PortalSummary:
    with attempt.listen() as listener:
        url = attempt.url(listener.redirect_uri)
        threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=5).close()).start()
        return attempt.finish(listener.wait(attempt.is_answer, 5))


def test_the_patient_is_the_one_whom_the_portal_has_proved(client: Client, signer: Signer) -> None:
    with client.sign_ins.begin(SignInRequest(signer.portal.base_url)) as attempt:
        assert with_browser(attempt).patient == "p1"
    assert signer.nonce
    assert client.portals.choose().fhir_user == "Patient/p1"


@pytest.mark.parametrize(
    "claims", [{"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}]
)
def test_a_proof_that_does_not_hold_ends_the_sign_in_and_saves_nothing(
    client: Client, signer: Signer, claims: dict[str, Any]
) -> None:
    signer.claims = claims
    with (
        client.sign_ins.begin(SignInRequest(signer.portal.base_url)) as attempt,
        pytest.raises(BadAnswer, match="does not hold"),
    ):
        with_browser(attempt)
    assert not client.has_vault
    assert signer.portal.count("POST", "/auth/revoke") == 1


def test_a_key_of_somebody_else_ends_the_sign_in(client: Client, signer: Signer) -> None:
    signer.key = OTHER
    with client.sign_ins.begin(SignInRequest(signer.portal.base_url)) as attempt, pytest.raises(BadAnswer):
        with_browser(attempt)
    assert not client.has_vault


def test_somebody_who_acts_for_the_patient_is_kept(client: Client, signer: Signer, portal: ScriptedPortal) -> None:
    signer.claims = {"fhirUser": f"{portal.base_url}/RelatedPerson/mother"}
    portal.behaviours["POST /auth/token"] = lambda _: portal.token_extra.update(id_token=signer.token())
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert with_browser(attempt).patient == "p1"
    assert client.portals.choose().fhir_user == "RelatedPerson/mother"


def test_a_person_on_another_server_is_not_believed(client: Client, signer: Signer) -> None:
    signer.claims = {"fhirUser": "https://evil.example/fhir/Patient/p1"}
    with client.sign_ins.begin(SignInRequest(signer.portal.base_url)) as attempt:
        with pytest.raises(BadAnswer, match="which patient"):
            with_browser(attempt)
        assert any("another server" in sentence for sentence in attempt.notes)


def test_a_proof_without_keys_is_told_of_and_not_used(client: Client, signer: Signer, portal: ScriptedPortal) -> None:
    portal.smart |= {"jwks_uri": None, "capabilities": ["sso-openid-connect", "permission-v2", "permission-offline"]}
    signer.claims = {"fhirUser": "Patient/eve"}
    portal.behaviours["POST /auth/token"] = lambda _: portal.token_extra.update(id_token=signer.token())
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert with_browser(attempt).patient == "p1"
        assert any("publishes no keys" in sentence for sentence in attempt.notes)
    assert client.portals.choose().fhir_user == ""


def test_a_grant_for_more_than_the_patient_is_refused_and_ended(client: Client, portal: ScriptedPortal) -> None:
    portal.token_extra = {"scope": "patient/*.rs user/*.cruds"}
    with (
        client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt,
        pytest.raises(SignInRefused, match=r"more than was asked for: user/\*\.cruds"),
    ):
        attempt.with_password("ada", "secret")
    assert not client.has_vault
    assert next(call for call in portal.requests if call.path == "/auth/revoke").form["token"] == "refresh-1"


def test_a_wider_grant_for_the_patient_is_told_unless_less_was_chosen(client: Client, portal: ScriptedPortal) -> None:
    portal.token_extra = {"scope": "patient/*.cruds"}
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        attempt.with_password("ada", "secret")
        assert attempt.notes == ("The portal granted more than was asked for: patient/*.cruds",)
    chosen = SignInRequest(portal.base_url, scope="patient/Observation.rs")
    with client.sign_ins.begin(chosen) as attempt, pytest.raises(SignInRefused, match="more than was asked for"):
        attempt.with_password("ada", "secret")


def test_the_least_is_asked_for_when_that_was_chosen_and_again_the_next_time(
    client: Client, portal: ScriptedPortal
) -> None:
    portal.types |= {"Observation": Offer(), "Task": Offer(("create",), ()), "Slot": Offer(("search-type",), ())}
    portal.token_extra = {"scope": "patient/Observation.rs patient/Patient.rs"}
    least = "openid fhirUser launch/patient offline_access patient/Observation.rs patient/Patient.rs"
    with client.sign_ins.begin(SignInRequest(portal.base_url, profile=Profile.MINIMAL)) as attempt:
        assert asked(attempt) == least
        attempt.with_password("ada", "secret")
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert asked(attempt) == least
    with client.sign_ins.begin(SignInRequest(portal.base_url, profile=Profile.FULL)) as attempt:
        assert "patient/Task.crus" in asked(attempt)


def asked(attempt: SignIn) -> str:
    return parse_qs(urlsplit(attempt.url()).query)["scope"][0]


def test_a_site_that_registers_no_clients_is_signed_in_to_for_a_while(client: Client, portal: ScriptedPortal) -> None:
    offer_registration(portal)
    portal.behaviours["/auth/register"] = Answer(404)
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert attempt.with_password("ada", "secret").is_signed_in
        assert any("sign in again" in sentence for sentence in attempt.notes)
    assert client.portals.choose().refresh_token is None


@pytest.mark.parametrize("place", ["https://evil.example/register", "http://127.0.0.1:1/register"])
def test_a_token_is_not_taken_to_another_server_to_register(client: Client, portal: ScriptedPortal, place: str) -> None:
    offer_registration(portal, place)
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert "DynamicClient" not in asked(attempt)


def offer_registration(portal: ScriptedPortal, place: str = "") -> None:
    portal.smart["capabilities"] = ["permission-v2"]
    portal.smart["scopes_supported"] = ["patient/*.rs"]
    portal.token_extra = {"refresh_token": None, "scope": "patient/*.rs"}
    usual = portal.capability
    uris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    address = place or f"{portal.origin}/auth/register"

    def declared() -> dict[str, Any]:
        statement = usual()
        inner = [{"url": "register", "valueUri": address}]
        statement["rest"][0]["security"] = {"extension": [{"url": uris, "extension": inner}]}
        return statement

    portal.capability = declared  # type: ignore[method-assign]  # this portal says more of itself


def test_keys_that_only_the_openid_configuration_names_are_found(
    client: Client, signer: Signer, portal: ScriptedPortal
) -> None:
    place = "/fhir/.well-known/openid-configuration"
    found = {"issuer": portal.base_url, "jwks_uri": portal.smart.pop("jwks_uri")}
    portal.behaviours[place] = Answer(200, json.dumps(found).encode())
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert with_browser(attempt).patient == "p1"
        assert not any("keys" in note for note in attempt.notes)
    assert portal.count("GET", "/auth/jwks") == 1
    signer.key = OTHER
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt, pytest.raises(BadAnswer):
        with_browser(attempt)


@pytest.mark.parametrize(
    "found",
    [
        {"issuer": "https://evil.example", "jwks_uri": "/auth/jwks"},
        {"jwks_uri": "/auth/jwks"},
        {"issuer": "BASE", "jwks_uri": "http://evil.example/keys"},
        {"issuer": "BASE"},
        [],
    ],
)
def test_keys_of_an_openid_configuration_that_is_not_the_portals_are_not_used(
    client: Client, signer: Signer, portal: ScriptedPortal, found: Any
) -> None:
    assert signer.published
    portal.smart.pop("jwks_uri")
    portal.token_extra = {"patient": "p1"}
    said = json.dumps(found).replace("BASE", portal.base_url).encode()
    portal.behaviours["/fhir/.well-known/openid-configuration"] = Answer(200, said)
    portal.behaviours["POST /auth/token"] = lambda _: portal.token_extra.update(id_token=signer.token())
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert with_browser(attempt).patient == "p1"
        assert any("publishes no keys" in note for note in attempt.notes)
    assert client.portals.choose().fhir_user == ""
    assert portal.count("GET", "/auth/jwks") == 0
