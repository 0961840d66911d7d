"""Codes and tokens: spent once, bound to their app, ended together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from portal_cli.sandbox.oauth.tokens import CODE_SECONDS

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

CHALLENGE_FORM = {
    "client_id": "portal-terminal",
    "scope": "patient/*.rs",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


def test_a_token_response_says_all_that_smart_asks_for(sandbox: Sandbox, call_as: type[Caller]) -> None:
    caller = call_as(sandbox, scope="openid fhirUser launch/patient offline_access patient/*.rs user/*.rs made-up")
    tokens = caller.tokens
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["patient"] == "ada"
    assert tokens["need_patient_banner"] is True
    assert tokens["scope"] == "openid fhirUser launch/patient offline_access patient/*.rs"
    assert tokens["fhirUser"] == f"{sandbox.base_url}/Patient/ada"
    keys = KeySet.import_key_set({"keys": (caller.client.get("/auth/jwks.json").json or {})["keys"]})
    identity = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    assert identity.claims["iss"] == sandbox.base_url
    assert identity.claims["aud"] == "portal-terminal"
    assert identity.claims["fhirUser"] == tokens["fhirUser"]


def test_tokens_come_without_what_was_not_granted(sandbox: Sandbox, call_as: type[Caller]) -> None:
    tokens = call_as(sandbox, scope="patient/*.rs").tokens
    assert {"refresh_token", "id_token", "fhirUser"}.isdisjoint(tokens)


def test_token_answers_are_not_stored(ada: Caller) -> None:
    answer = ada.exchange(ada.code())
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"


def test_a_code_used_again_ends_what_it_gave(ada: Caller) -> None:
    code = ada.code()
    tokens = ada.exchange(code).json or {}
    again = ada.exchange(code)
    assert (again.status_code, (again.json or {})["error"]) == (400, "invalid_grant")
    assert ada.refused("GET", "Patient/ada", Authorization=f"Bearer {tokens['access_token']}")[0] == 401
    assert ada.refresh(tokens["refresh_token"]).status_code == 400


def test_a_code_lasts_a_minute(ada: Caller) -> None:
    code = ada.code()
    ada.sandbox.portal.clock.advance(CODE_SECONDS + 1)
    assert ada.exchange(code).status_code == 400


def test_one_of_many_exchanges_at_once_succeeds(ada: Caller) -> None:
    code = ada.code()
    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(lambda _: ada.exchange(code).status_code, range(8)))
    assert statuses == [200] + [400] * 7


@pytest.mark.parametrize(
    "fields",
    [
        {"code_verifier": "another-verifier-of-enough-length-for-pkce-0"},
        {"code_verifier": ""},
        {"client_id": "another-app"},
        {"grant_type": "password"},
        {"grant_type": "\u2603"},
    ],
)
def test_an_exchange_that_does_not_fit_gives_nothing(ada: Caller, fields: dict[str, str]) -> None:
    answer = ada.exchange(ada.code(), **fields)
    assert ada.exchange("made-up").status_code == 400
    assert answer.status_code == 400
    assert (answer.json or {})["error"]


def test_an_access_token_expires(ada: Caller) -> None:
    ada.sandbox.portal.clock.advance(3601)
    assert ada.refused("GET", "Patient/ada") == (401, "login")


def test_the_life_of_tokens_can_be_set(sandbox: Sandbox, call_as: type[Caller]) -> None:
    sandbox.portal.tokens.access_seconds = 5
    assert call_as(sandbox).tokens["expires_in"] == 5


def test_refreshing_gives_new_tokens_and_spends_the_old(ada: Caller) -> None:
    first = ada.refresh(ada.tokens["refresh_token"]).json or {}
    assert first["patient"] == "ada"
    assert first["refresh_token"] != ada.tokens["refresh_token"]
    assert ada.get("Patient/ada", Authorization=f"Bearer {first['access_token']}").status_code == 200


def test_a_spent_refresh_token_ends_the_whole_family(ada: Caller) -> None:
    second = ada.refresh(ada.tokens["refresh_token"]).json or {}
    assert (ada.refresh(ada.tokens["refresh_token"]).json or {})["error"] == "invalid_grant"
    assert ada.refresh(second["refresh_token"]).status_code == 400
    assert ada.refused("GET", "Patient/ada", Authorization=f"Bearer {second['access_token']}")[0] == 401


def test_a_refresh_may_ask_for_less_but_not_for_more(sandbox: Sandbox, call_as: type[Caller]) -> None:
    caller = call_as(sandbox, scope="offline_access patient/Observation.rs patient/Patient.r")
    less = caller.refresh(caller.tokens["refresh_token"], scope="patient/Patient.r").json or {}
    assert less["scope"] == "patient/Patient.r"
    assert caller.refresh(less["refresh_token"], scope="patient/*.cruds").status_code == 400
    assert (caller.refresh(less["refresh_token"]).json or {})["scope"] == caller.tokens["scope"]


def test_another_app_cannot_refresh(ada: Caller) -> None:
    assert ada.refresh(ada.tokens["refresh_token"], client_id="another-app").status_code == 400


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_both(ada: Caller, kind: str) -> None:
    form = {"token": ada.tokens[kind], "client_id": "portal-terminal"}
    assert ada.client.post("/auth/revoke", data=form).status_code == 200
    assert ada.refused("GET", "Patient/ada")[0] == 401
    assert ada.refresh(ada.tokens["refresh_token"]).status_code == 400
    assert ada.client.post("/auth/revoke", data=form).status_code == 200


def test_introspection_tells_the_app_about_its_own_tokens(ada: Caller) -> None:
    form = {"token": ada.tokens["access_token"], "client_id": "portal-terminal"}
    told = ada.client.post("/auth/introspect", data=form).json or {}
    assert told["active"] is True
    assert told["patient"] == "ada"
    assert told["exp"] > told["iat"]
    other = ada.client.post("/auth/introspect", data={**form, "client_id": "another-app"})
    assert other.json == {"active": False}
    assert ada.client.post("/auth/introspect", data={"token": "x"}).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "wrong"}, "access_denied"),
        ({"username": "nobody"}, "access_denied"),
        ({"password": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"aud": "http://elsewhere.example/fhir"}, "invalid_request"),
        ({"scope": "made-up"}, "invalid_scope"),
        ({"client_id": ""}, "invalid_client"),
    ],
)
def test_a_challenge_that_does_not_fit_gives_no_code(
    shared_sandbox: Sandbox, changes: dict[str, str], error: str
) -> None:
    sign_in = shared_sandbox.sign_ins[0]
    form = {**CHALLENGE_FORM, "username": sign_in.username, "password": sign_in.password, **changes}
    answer = shared_sandbox.app.test_client().post("/auth/challenge", data=form)
    assert answer.status_code == 400
    assert (answer.json or {})["error"] == error
    assert (answer.json or {})["error_description"]


def test_guessing_is_stopped_for_a_while(sandbox: Sandbox) -> None:
    client = sandbox.app.test_client()
    sign_in = sandbox.sign_ins[0]
    form = {**CHALLENGE_FORM, "username": sign_in.username, "password": "wrong"}
    statuses = [client.post("/auth/challenge", data=form).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]
    stopped = client.post("/auth/challenge", data={**form, "password": sign_in.password})
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["Retry-After"]) <= 300
    sandbox.portal.clock.advance(301)
    assert client.post("/auth/challenge", data={**form, "password": sign_in.password}).status_code == 200
