"""The practice portal and OAuth clients of others' making: authlib's for httpx, and oauthlib's for requests."""

from __future__ import annotations

import json
import re
import secrets
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener, urlopen

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import InvalidGrantError, InvalidScopeError, MismatchingStateError, WebApplicationClient
from requests_oauthlib import OAuth2Session

if TYPE_CHECKING:
    from http.client import HTTPMessage

    from portal_cli.sandbox.server import Sandbox, SignIn

CALLBACK = "http://127.0.0.1:5555/back"
SCOPE = ["openid", "fhirUser", "launch/patient", "offline_access", "patient/*.rs"]


class _Stay(HTTPRedirectHandler):
    """Follows the portal's own redirects, and stops at the one to the app."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        return None if newurl.startswith(CALLBACK) else super().redirect_request(req, fp, code, msg, headers, newurl)


def _approved(address: str, account: SignIn) -> str:
    """Sign in and allow, as a browser would; gives the address that the app is called back at."""
    browser = build_opener(_Stay(), HTTPCookieProcessor(CookieJar()))
    page = browser.open(address).read().decode()
    page = _sent(browser, address, page, [("username", account.username), ("password", account.password)])
    groups = [("group", name) for name in re.findall(r'name="group" value="(\w+)"', page)]
    return _sent(browser, address, page, [*groups, ("decision", "allow")])


def _sent(browser: Any, address: str, page: str, fields: list[tuple[str, str]]) -> str:
    action = re.search(r'<form method="post" action="([^"]+)"', page)
    assert action, page
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page)
    parts = urlsplit(address)
    target = f"{parts.scheme}://{parts.netloc}{action[1]}"
    try:
        with browser.open(target, urlencode([*hidden, *fields]).encode()) as answer:
            return str(answer.read().decode())
    except HTTPError as leaving:
        with leaving:
            return str(leaving.headers["Location"])


def _smart(sandbox: Sandbox) -> dict[str, Any]:
    with urlopen(f"{sandbox.base_url}/.well-known/smart-configuration") as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _authlib(sandbox: Sandbox, **more: Any) -> OAuth2Client:
    smart = _smart(sandbox)
    return OAuth2Client(
        "authlib-app",
        scope=" ".join(SCOPE),
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=smart["token_endpoint"],
        token_endpoint_auth_method="none",
        revocation_endpoint_auth_method="none",
        **more,
    )


def _walked(client: OAuth2Client, sandbox: Sandbox, **more: str) -> tuple[str, str]:
    """An authorization with authlib's client: the address it is called back at, and its verifier."""
    verifier = secrets.token_urlsafe(48)
    address, _ = client.create_authorization_url(
        _smart(sandbox)["authorization_endpoint"], code_verifier=verifier, aud=sandbox.base_url, **more
    )
    return _approved(address, sandbox.sign_ins[0]), verifier


def test_authlibs_client_signs_in_reads_renews_and_revokes(sandbox: Sandbox) -> None:
    smart, account = _smart(sandbox), sandbox.sign_ins[0]
    with _authlib(sandbox) as client:
        called_back, verifier = _walked(client, sandbox, nonce="a nonce of the app")
        token = dict(client.fetch_token(authorization_response=called_back, code_verifier=verifier))
        assert token["patient"] == account.patient
        with urlopen(smart["jwks_uri"]) as answer:
            keys = KeySet.import_key_set(json.load(answer))
        claims = CodeIDToken(
            jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims,
            {},
            {"iss": {"value": sandbox.base_url}, "aud": {"value": "authlib-app"}},
            {"nonce": "a nonce of the app", "client_id": "authlib-app"},
        )
        claims.validate()
        chart = f"{sandbox.base_url}/Patient/{account.patient}"
        assert client.get(chart).json()["id"] == account.patient
        renewed = client.refresh_token()
        assert renewed["refresh_token"] != token["refresh_token"]
        assert client.get(chart).status_code == 200
        assert client.revoke_token(smart["revocation_endpoint"], renewed["refresh_token"]).status_code == 200
        assert client.get(chart).status_code == 401


def test_authlibs_client_is_told_when_a_refresh_token_was_used_before(sandbox: Sandbox) -> None:
    with _authlib(sandbox) as client:
        called_back, verifier = _walked(client, sandbox)
        first = client.fetch_token(authorization_response=called_back, code_verifier=verifier)["refresh_token"]
        second = client.refresh_token(refresh_token=first)["refresh_token"]
        for spent in (first, second):
            with pytest.raises(OAuthError) as refusal:
                client.refresh_token(refresh_token=spent)
            assert refusal.value.error == "invalid_grant"


def test_authlibs_client_cannot_use_a_code_twice_or_without_its_verifier(sandbox: Sandbox) -> None:
    with _authlib(sandbox) as client:
        called_back, verifier = _walked(client, sandbox)
        for wrong in ("another-verifier-of-enough-length-for-a-proof-key", None):
            with pytest.raises(OAuthError):
                client.fetch_token(authorization_response=called_back, code_verifier=wrong)
        client.fetch_token(authorization_response=called_back, code_verifier=verifier)
        with pytest.raises(OAuthError) as refusal:
            client.fetch_token(authorization_response=called_back, code_verifier=verifier)
        assert refusal.value.error == "invalid_grant"


def test_a_code_is_worth_nothing_to_another_client_or_at_another_address(sandbox: Sandbox) -> None:
    with _authlib(sandbox) as client:
        called_back, verifier = _walked(client, sandbox)
        for changes in ({"client_id": "thief"}, {"redirect_uri": "http://127.0.0.1:5556/back"}, {"redirect_uri": ""}):
            client_id, redirect = changes.get("client_id", "authlib-app"), changes.get("redirect_uri", CALLBACK)
            with OAuth2Client(client_id, token_endpoint_auth_method="none") as other:
                with pytest.raises(OAuthError) as refusal:
                    other.fetch_token(
                        _smart(sandbox)["token_endpoint"],
                        authorization_response=called_back,
                        code_verifier=verifier,
                        redirect_uri=redirect,
                    )
                assert refusal.value.error in {"invalid_grant", "invalid_request"}
        assert client.fetch_token(authorization_response=called_back, code_verifier=verifier)["access_token"]


def _oauthlib(sandbox: Sandbox) -> tuple[OAuth2Session, str]:
    """A session of requests-oauthlib that was called back, and where."""
    session = OAuth2Session(
        client=WebApplicationClient("oauthlib-app"), redirect_uri=CALLBACK, scope=SCOPE, pkce="S256"
    )
    address, _ = session.authorization_url(_smart(sandbox)["authorization_endpoint"], aud=sandbox.base_url)
    return session, _approved(address, sandbox.sign_ins[1])


def test_oauthlibs_client_signs_in_reads_renews_and_revokes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # oauthlib knows no exception for loopback
    smart, account = _smart(sandbox), sandbox.sign_ins[1]
    session, called_back = _oauthlib(sandbox)
    with session:
        token = session.fetch_token(smart["token_endpoint"], authorization_response=called_back, include_client_id=True)
        assert token["patient"] == account.patient
        chart = f"{sandbox.base_url}/Patient/{account.patient}"
        assert session.get(chart).json()["id"] == account.patient
        renewed = session.refresh_token(smart["token_endpoint"], client_id="oauthlib-app")
        assert renewed["refresh_token"] != token["refresh_token"]
        with pytest.raises(InvalidGrantError):
            session.refresh_token(
                smart["token_endpoint"], refresh_token=token["refresh_token"], client_id="oauthlib-app"
            )
        assert session.get(chart).status_code == 401


def test_oauthlibs_client_ends_its_access(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    smart = _smart(sandbox)
    session, called_back = _oauthlib(sandbox)
    with session:
        token = session.fetch_token(smart["token_endpoint"], authorization_response=called_back, include_client_id=True)
        client = WebApplicationClient("oauthlib-app")
        address, headers, body = client.prepare_token_revocation_request(
            smart["revocation_endpoint"], token["access_token"], client_id="oauthlib-app"
        )
        with urlopen(Request(address, body.encode(), headers)) as answer:
            assert answer.status == 200
        assert session.get(f"{sandbox.base_url}/Patient/{sandbox.sign_ins[1].patient}").status_code == 401


def test_oauthlibs_client_notices_an_answer_to_another_state(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    session, _ = _oauthlib(sandbox)
    other, called_back = _oauthlib(sandbox)
    with session, other, pytest.raises(MismatchingStateError):
        session.fetch_token(_smart(sandbox)["token_endpoint"], authorization_response=called_back)


def test_the_answer_names_the_portal_it_came_from(sandbox: Sandbox) -> None:
    with _authlib(sandbox) as client:
        called_back, _ = _walked(client, sandbox)
    answer = parse_qs(urlsplit(called_back).query)
    smart = _smart(sandbox)
    assert smart["authorization_response_iss_parameter_supported"] is True
    assert answer["iss"] == [smart["issuer"]] == [sandbox.base_url]


def test_oauthlibs_client_cannot_widen_what_was_allowed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    smart = _smart(sandbox)
    session, called_back = _oauthlib(sandbox)
    with session:
        token = session.fetch_token(smart["token_endpoint"], authorization_response=called_back, include_client_id=True)
        with pytest.raises(InvalidScopeError):
            WebApplicationClient("oauthlib-app").parse_request_body_response(
                session.post(
                    smart["token_endpoint"],
                    {
                        "grant_type": "refresh_token",
                        "refresh_token": token["refresh_token"],
                        "client_id": "oauthlib-app",
                        "scope": "patient/*.cruds",
                    },
                ).text
            )
