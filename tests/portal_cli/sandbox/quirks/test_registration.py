"""Epic's way to stay signed in: a client that registers its key with a token, and signs for the next ones."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.quirks.conftest import SCOPE

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

    from tests.portal_cli.sandbox.conftest import Caller
    from tests.portal_cli.sandbox.quirks.conftest import Arrive

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REGISTER = "system/DynamicClient.register"
KEY = RSAKey.generate_key(2048, {"kid": "mine"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "mine"}, private=True)


@pytest.fixture
def ada(arrive: Arrive) -> Caller:
    caller = arrive("epic")
    caller.tokens = caller.exchange(caller.code(f"{SCOPE} {REGISTER}")).json or {}
    return caller


def register(caller: Caller, **changes: Any) -> TestResponse:
    public = KEY.as_dict(private=False)
    body = {"software_id": "portal-terminal", "jwks": {"keys": [public]}, **changes}
    headers = {"Authorization": f"Bearer {caller.tokens['access_token']}"}
    return caller.client.post("/auth/register", json=body, headers=headers)


def assertion(caller: Caller, client_id: str, key: RSAKey = KEY, **changes: Any) -> str:
    now = int(time.time())
    audience = f"{caller.sandbox.base_url.removesuffix('/fhir')}/auth/token"
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": str(time.time_ns()), "iat": now}
    said = {**claims, "exp": now + 240, **changes}
    return jwt.encode({"alg": "RS256", "kid": "mine"}, said, key)


def redeem(caller: Caller, client_id: str, signed: str) -> TestResponse:
    form = {"grant_type": GRANT, "assertion": signed, "client_id": client_id}
    return caller.client.post("/auth/token", data=form)


def test_the_place_to_register_is_named_to_an_app_that_names_itself(ada: Caller) -> None:
    assert b"/auth/register" not in ada.client.get("/fhir/metadata").data
    named = ada.client.get("/fhir/metadata", headers={"Epic-Client-ID": "portal-terminal"})
    assert b'/auth/register"' in named.data
    assert GRANT in (ada.client.get("/fhir/.well-known/smart-configuration").json or {})["grant_types_supported"]


def test_a_registered_client_gets_tokens_for_assertions_of_the_same_patient(ada: Caller) -> None:
    answer = register(ada)
    assert answer.status_code == 201
    made = answer.json or {}
    assert made["client_id"].startswith("G")
    assert (made["token_endpoint_auth_method"], made["grant_types"]) == ("none", [GRANT])
    tokens = redeem(ada, made["client_id"], assertion(ada, made["client_id"])).json or {}
    assert (tokens["token_type"], tokens["patient"]) == ("bearer", "ada")
    assert "refresh_token" not in tokens
    assert ada.get("Patient/ada", Authorization=f"Bearer {tokens['access_token']}").status_code == 200


def test_a_token_registers_one_client(ada: Caller) -> None:
    assert [register(ada).status_code for _ in range(2)] == [201, 400]


def test_a_token_that_was_not_asked_for_it_registers_none(ada: Caller) -> None:
    ada.tokens = ada.exchange(ada.code(SCOPE)).json or {}
    assert register(ada).status_code == 403
    ada.tokens = {"access_token": "made-up"}
    assert register(ada).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"software_id": "another"},
        {"jwks": None},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [{"kty": "RSA", "kid": "a", "n": "x", "e": "AQAB"}]}},
        {"jwks": {"keys": [RSAKey.generate_key(1024, {"kid": "short"}, private=True).as_dict(private=False)]}},
        {"jwks": {"keys": [OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True)]}},
    ],
)
def test_keys_that_prove_nothing_are_not_registered(ada: Caller, changes: dict[str, Any]) -> None:
    assert register(ada, **changes).status_code == 400


def test_an_assertion_that_does_not_hold_gives_nothing(ada: Caller) -> None:
    client_id = str((register(ada).json or {})["client_id"])
    now = int(time.time())
    wrong = [
        assertion(ada, client_id, OTHER),
        assertion(ada, client_id, iss="G0"),
        assertion(ada, client_id, sub="G0"),
        assertion(ada, client_id, aud="https://evil.example/token"),
        assertion(ada, client_id, exp=now - 60),
        assertion(ada, client_id, exp=now + 3600),
        assertion(ada, client_id, iat=now + 3600),
        assertion(ada, client_id, jti=None),
        "none",
        "",
    ]
    for signed in wrong:
        answer = redeem(ada, client_id, signed)
        assert (answer.status_code, (answer.json or {})["error"]) == (400, "invalid_grant"), signed
    good = assertion(ada, client_id)
    assert redeem(ada, "Gunknown", good).status_code in {400, 401}
    assert [redeem(ada, client_id, good).status_code for _ in range(2)] == [200, 400]


def test_a_patient_who_takes_the_access_back_ends_the_key_too(ada: Caller) -> None:
    client_id = str((register(ada).json or {})["client_id"])
    form = {"token": ada.tokens["access_token"], "client_id": "portal-terminal"}
    assert ada.client.post("/auth/revoke", data=form).status_code == 200
    assert redeem(ada, client_id, assertion(ada, client_id)).status_code == 400


@pytest.mark.parametrize("mode", [name for name in MODES if name != "epic"])
def test_the_other_vendors_register_nobody(arrive: Arrive, mode: str) -> None:
    caller = arrive(mode)
    caller.tokens = caller.exchange(caller.code(f"{SCOPE} {REGISTER}")).json or {}
    assert REGISTER not in caller.tokens["scope"]
    assert register(caller).status_code == 404
    assert (redeem(caller, "G1", "x").json or {})["error"] == "unsupported_grant_type"


def test_a_registered_client_outlives_a_stop(arrive: Arrive, tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    ada = arrive("epic", file=file)
    ada.tokens = ada.exchange(ada.code(f"{SCOPE} {REGISTER}")).json or {}
    client_id = str((register(ada).json or {})["client_id"])
    ada.sandbox.stop()
    again = Sandbox(SandboxOptions(file=file, quirks="epic"))
    ada.sandbox, ada.client = again, again.app.test_client()
    assert redeem(ada, client_id, assertion(ada, client_id)).status_code == 200
    again.stop()
