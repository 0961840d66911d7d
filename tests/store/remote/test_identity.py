"""A proof of who signed in holds only when everything about it does."""

from __future__ import annotations

import base64
import hmac
import json
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import RSAKey

from store.errors import BadAnswer, InsecureAddress
from store.remote.discovery import read_smart
from store.remote.http import Http
from store.remote.identity import Expected, checked_claims
from tests.support.signed import CLIENT, CURVE, OTHER, RSA, Signer
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hostile import ScriptedPortal


@pytest.fixture
def line(portal: ScriptedPortal) -> Iterator[Http]:
    with closing(Http(portal.base_url, 5.0)) as found:
        yield found


@pytest.fixture
def signer(portal: ScriptedPortal) -> Signer:
    found = Signer(portal, nonce="n1")
    found.install()
    return found


def check(signer: Signer, line: Http, token: str | None = None, nonce: str | None = "n1") -> dict[str, Any]:
    smart = read_smart(json.dumps(signer.portal.smart_configuration()).encode(), signer.portal.base_url)
    return checked_claims(line, smart, signer.portal.base_url, token or signer.token(), Expected(CLIENT, nonce))


def test_a_proof_that_holds_gives_its_claims(signer: Signer, line: Http) -> None:
    assert check(signer, line)["fhirUser"].endswith("/Patient/p1")
    assert signer.portal.count("GET", "/auth/jwks") == 1


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS384"), (RSA, "RS256"), (CURVE, "ES256")])
def test_each_strong_signature_is_understood(signer: Signer, line: Http, key: RSAKey, algorithm: str) -> None:
    signer.key, signer.algorithm, signer.published = key, algorithm, [OTHER, key]
    assert check(signer, line)["sub"] == "ada"


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": "https://evil.example"}, "issued by somebody else"),
        ({"iss": None}, "issued by somebody else"),
        ({"aud": "another-app"}, "another application"),
        ({"aud": None}, "another application"),
        ({"aud": [CLIENT, "another-app"]}, "issued to another application"),
        ({"azp": "another-app"}, "issued to another application"),
        ({"nonce": "n2"}, "another sign-in"),
        ({"nonce": None}, "another sign-in"),
        ({"exp": 1}, "has ended"),
        ({"exp": None}, "for which time"),
        ({"exp": "soon"}, "for which time"),
        ({"exp": True}, "for which time"),
        ({"iat": None}, "for which time"),
        ({"iat": 10**11}, "from the future"),
        ({"nbf": 10**11}, "from the future"),
        ({"sub": None}, "names nobody"),
    ],
)
def test_a_claim_that_is_not_as_expected_is_refused(
    signer: Signer, line: Http, claims: dict[str, Any], words: str
) -> None:
    signer.claims = claims
    with pytest.raises(BadAnswer, match=words):
        check(signer, line)


def test_several_audiences_are_taken_when_the_token_was_issued_to_us(signer: Signer, line: Http) -> None:
    signer.claims = {"aud": [CLIENT, "another-app"], "azp": CLIENT}
    assert check(signer, line)["azp"] == CLIENT


def test_clocks_may_be_apart_a_little(signer: Signer, line: Http) -> None:
    now = int(time.time())
    signer.claims = {"iat": now + 120, "exp": now - 120}
    assert check(signer, line)["sub"] == "ada"


def test_a_token_without_a_signature_proves_nothing(signer: Signer, line: Http) -> None:
    header, payload, _ = signer.token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token in (f"{none}.{payload}.", f"{none}.{payload}", "a.b.c", "", f"{header}.{payload}", "\u00e9.x.y"):
        with pytest.raises(BadAnswer, match="does not hold"):
            check(signer, line, token or " ")


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(signer: Signer, line: Http) -> None:
    _, payload, _ = signer.token().split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    mac = hmac.digest(RSA.as_pem(private=False), f"{header}.{payload}".encode(), "sha256")
    with pytest.raises(BadAnswer, match="not signed in a way"):
        check(signer, line, f"{header}.{payload}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


def test_a_changed_token_and_a_key_of_somebody_else_are_refused(signer: Signer, line: Http) -> None:
    header, _, signature = signer.token().split(".")
    payload = base64.urlsafe_b64encode(b'{"sub":"eve"}').decode().rstrip("=")
    with pytest.raises(BadAnswer, match="signature is not the portal's"):
        check(signer, line, f"{header}.{payload}.{signature}")
    signer.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    with pytest.raises(BadAnswer, match="signature is not the portal's"):
        check(signer, line)


def test_keys_that_have_just_changed_are_fetched_once_more_and_no_more(signer: Signer, line: Http) -> None:
    asked = []

    def change(_: object) -> Answer:
        asked.append(1)
        if len(asked) > 1:
            signer.published = [OTHER]
        return Answer(200, signer.jwks())

    signer.key = OTHER
    signer.portal.behaviours["/auth/jwks"] = change
    assert check(signer, line)["sub"] == "ada"
    signer.published, signer.header = [RSA], {"kid": "unknown"}
    signer.portal.behaviours["/auth/jwks"] = Answer(200, signer.jwks())
    before = signer.portal.count("GET", "/auth/jwks")
    with pytest.raises(BadAnswer, match="does not publish the key"):
        check(signer, line)
    assert signer.portal.count("GET", "/auth/jwks") == before + 2


def test_a_token_that_names_no_key_is_held_against_each(signer: Signer, line: Http) -> None:
    signer.key, signer.published, signer.header = OTHER, [RSA, CURVE, OTHER], {"kid": None}
    assert check(signer, line)["sub"] == "ada"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys":7}', b'{"keys":[7,{"kty":"RSA","kid":"one"}]}', b"{" * 9999])
def test_keys_that_are_none_prove_nothing(signer: Signer, line: Http, body: bytes) -> None:
    signer.portal.behaviours["/auth/jwks"] = Answer(200, body)
    with pytest.raises(BadAnswer, match="does not publish the key"):
        check(signer, line)


def test_a_short_key_proves_nothing(signer: Signer, line: Http) -> None:
    signer.key = RSAKey.generate_key(1024, {"kid": "one"}, private=True)
    signer.published = [signer.key]
    with pytest.raises(BadAnswer, match="does not publish the key"):
        check(signer, line)


@pytest.mark.parametrize("answer", [Answer(302, headers={"Location": "http://127.0.0.1:1/"}), Answer(404), Answer(500)])
def test_keys_that_cannot_be_had_end_the_sign_in(signer: Signer, line: Http, answer: Answer) -> None:
    signer.portal.behaviours["/auth/jwks"] = answer
    with pytest.raises(BadAnswer, match="keys cannot be had"):
        check(signer, line)


def test_a_flood_of_keys_is_cut_off(signer: Signer, line: Http) -> None:
    signer.portal.behaviours["/auth/jwks"] = Answer(200, b'{"keys":[' + b" " * (1 << 20) + b"]}")
    with pytest.raises(BadAnswer):
        check(signer, line)


def test_keys_are_not_fetched_in_clear(signer: Signer) -> None:
    signer.portal.smart["jwks_uri"] = "http://portal.example/keys"
    with pytest.raises(InsecureAddress):
        read_smart(json.dumps(signer.portal.smart_configuration()).encode(), signer.portal.base_url)
