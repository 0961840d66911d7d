"""A key of one's own: registered with a token, kept where a refresh token would be, and used for assertions."""

from __future__ import annotations

import json
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from store.errors import BadAnswer, InsecureAddress, SignInNeeded
from store.remote import registration
from store.remote.discovery import read_smart, registration_address
from store.remote.http import Http
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.remote.discovery import Smart
    from tests.support.hostile import ScriptedPortal

URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


@pytest.fixture
def line(portal: ScriptedPortal) -> Iterator[Http]:
    with closing(Http(portal.base_url, 5.0)) as found:
        yield found


def smart_of(portal: ScriptedPortal) -> Smart:
    return read_smart(json.dumps(portal.smart_configuration()).encode(), portal.base_url)


def register(portal: ScriptedPortal, line: Http) -> registration.DynamicClient | None:
    return registration.register(line, f"{portal.origin}/auth/register", "me", "access-0")


@pytest.fixture
def registered(portal: ScriptedPortal, line: Http) -> registration.DynamicClient:
    portal.behaviours["/auth/register"] = Answer(201, b'{"client_id":"G1"}')
    found = register(portal, line)
    assert found is not None
    return found


def test_only_the_public_half_of_the_key_is_sent(
    portal: ScriptedPortal, registered: registration.DynamicClient
) -> None:
    call = portal.requests[-1]
    assert call.headers["authorization"] == "Bearer access-0"
    sent = json.loads(call.body)
    assert sent["software_id"] == "me"
    (public,) = sent["jwks"]["keys"]
    assert {"kty", "kid", "n", "e"} <= public.keys()
    assert not {"d", "p", "q", "dp", "dq", "qi"} & public.keys()
    assert "d" in registered.key
    assert registered.key["d"] not in repr(registered)


def test_what_is_kept_is_told_from_a_refresh_token(registered: registration.DynamicClient) -> None:
    assert registration.is_key(registered.at_rest())
    assert not registration.is_key("refresh-1")
    assert not registration.is_key("")


@pytest.mark.parametrize("answer", [Answer(404), Answer(403), Answer(201, b"{}"), Answer(201, b'{"client_id":7}')])
def test_a_portal_that_takes_no_key_gives_none(portal: ScriptedPortal, line: Http, answer: Answer) -> None:
    portal.behaviours["/auth/register"] = answer
    assert register(portal, line) is None


def test_an_assertion_is_signed_for_this_portal_and_for_a_short_time(
    portal: ScriptedPortal, line: Http, registered: registration.DynamicClient
) -> None:
    found = registration.renew(line, smart_of(portal), registered.at_rest(), "patient/*.rs")
    assert found.access == "access-1"
    form = portal.requests[-1].form
    assert (form["grant_type"], form["client_id"]) == ("urn:ietf:params:oauth:grant-type:jwt-bearer", "G1")
    token = jwt.decode(form["assertion"], RSAKey.import_key(registered.key), algorithms=["RS256"])
    claims = token.claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("G1", "G1", f"{portal.origin}/auth/token")
    assert 0 < claims["exp"] - time.time() <= 300
    registration.renew(line, smart_of(portal), registered.at_rest(), "patient/*.rs")
    again = jwt.decode(portal.requests[-1].form["assertion"], RSAKey.import_key(registered.key), algorithms=["RS256"])
    assert again.claims["jti"] != claims["jti"]


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "unauthorized_client"])
def test_a_key_that_the_portal_no_longer_takes_asks_for_a_new_sign_in(
    portal: ScriptedPortal, line: Http, registered: registration.DynamicClient, error: str
) -> None:
    portal.behaviours["/auth/token"] = Answer(400, json.dumps({"error": error}).encode())
    with pytest.raises(SignInNeeded):
        registration.renew(line, smart_of(portal), registered.at_rest(), "")
    portal.behaviours["/auth/token"] = Answer(503)
    with pytest.raises(BadAnswer):
        registration.renew(line, smart_of(portal), registered.at_rest(), "")


@pytest.mark.parametrize(
    "kept", ["key\t", "key\t{}", 'key\t{"client_id":"G1","key":7}', 'key\t{"client_id":"G","key":{}}']
)
def test_a_key_that_was_lost_asks_for_a_new_sign_in(portal: ScriptedPortal, line: Http, kept: str) -> None:
    with pytest.raises(SignInNeeded):
        registration.renew(line, smart_of(portal), kept, "")
    assert portal.requests == []


def test_a_token_is_never_sent_to_another_server_to_register(line: Http) -> None:
    with pytest.raises(InsecureAddress):
        registration.register(line, "https://evil.example/register", "me", "access-0")


@pytest.mark.parametrize(
    ("security", "found"),
    [
        ({"extension": [{"url": URIS, "extension": [{"url": "register", "valueUri": "/oauth2/register"}]}]}, True),
        ({"extension": [{"url": URIS, "extension": [{"url": "token", "valueUri": "/oauth2/register"}]}]}, False),
        (
            {"extension": [{"url": URIS, "extension": [{"url": "register", "valueUri": "https://evil.example/"}]}]},
            False,
        ),
        ({"extension": [{"url": URIS, "extension": [{"url": "register", "valueUri": "ftp://x"}]}]}, False),
        ({"extension": [{"url": URIS, "extension": [{"url": "register"}, 7]}, 7]}, False),
        ({"extension": 7}, False),
        ({}, False),
        (7, False),
        (None, False),
    ],
)
def test_the_place_to_register_is_on_the_portal_itself(security: object, *, found: bool) -> None:
    body = json.dumps({"resourceType": "CapabilityStatement", "rest": [{"security": security}]}).encode()
    address = registration_address(body, "https://portal.example/fhir")
    assert address == ("https://portal.example/oauth2/register" if found else None)
    assert registration_address(b"", "https://portal.example/fhir") is None
