"""Clients that register themselves with a patient's token, and sign for their tokens (RFC 7591, 7523, as at Epic)."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, TokenEndpointMixin
from authlib.oauth2.rfc6749.errors import InvalidClientError, UnsupportedGrantTypeError
from flask import Blueprint, Response, jsonify, make_response, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from portal_cli.sandbox import scopes
from portal_cli.sandbox.oauth.clients import ASSERTION

if TYPE_CHECKING:
    from portal_cli.sandbox.journal import Journal
    from portal_cli.sandbox.oauth.server import SmartServer
    from portal_cli.sandbox.oauth.tokens import Grant

_LONGEST_LIFE = 300
_SKEW = 30
_MAX_KEYS = 5
_LEAST_BITS = 2048


@dataclass(frozen=True)
class DynamicClient:
    """A registered client: its public keys, and the grant whose token registered it."""

    jwks: dict[str, Any]
    grant: str


class DynamicClients:
    """The registered clients. Nobody can register until `is_open`."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.is_open = False
        self.lock = threading.Lock()
        self._journal = journal
        remembered = journal.fact("dynamic clients") if journal else None
        self._kept = {name: DynamicClient(**row) for name, row in (remembered or {}).items()}
        self._seen: dict[str, float] = {}

    def register(self, jwks: dict[str, Any], grant: Grant) -> str | None:
        """Keep a client; gives its id, or None when the grant has registered one before."""
        with self.lock:
            if any(client.grant == grant.key for client in self._kept.values()):
                return None
            client_id = f"G{secrets.token_hex(16)}"
            self._kept[client_id] = DynamicClient(jwks, grant.key)
            if self._journal:
                rows = {name: vars(client) for name, client in self._kept.items()}
                self._journal.remember("dynamic clients", rows)
            return client_id

    def find(self, client_id: str) -> DynamicClient | None:
        """Find a registered client."""
        with self.lock:
            return self._kept.get(client_id)

    def is_new(self, jti: str, moment: float) -> bool:
        """Note the number of an assertion; False when it came before."""
        with self.lock:
            self._seen = {known: then for known, then in self._seen.items() if then > moment - 2 * _LONGEST_LIFE}
            if jti in self._seen:
                return False
            self._seen[jti] = moment
            return True


class AssertionGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # authlib ships no types
    """Tokens for an assertion that a registered client has signed."""

    GRANT_TYPE = ASSERTION
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def validate_token_request(self) -> None:
        """Check the assertion.

        Raises:
            OAuth2Error: When it does not hold.
        """
        server: SmartServer = self.server
        if not server.clients.is_open:
            raise UnsupportedGrantTypeError(ASSERTION)
        form = self.request.payload.data
        client = server.clients.find(form.get("client_id", ""))
        if client is None:
            raise InvalidClientError("there is no such client")
        claims = _verified(form.get("assertion", ""), client)
        moment = server.tokens.seconds()
        names = {claims.get("iss"), claims.get("sub")}
        if names != {form["client_id"]} or claims.get("aud") != server.token_endpoint:
            raise InvalidGrantError("the assertion is by or for somebody else")
        begins, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(begins, int) or not isinstance(ends, int):
            raise InvalidGrantError("the assertion says no times")
        if not moment - _SKEW < ends <= moment + _LONGEST_LIFE + _SKEW or begins > moment + _SKEW:
            raise InvalidGrantError("the assertion is not for now")
        if not isinstance(claims.get("jti"), str) or not server.clients.is_new(claims["jti"], moment):
            raise InvalidGrantError("the assertion was used before")
        grant = server.tokens.grant(client.grant)
        if grant is None or server.tokens.is_over(grant):
            raise InvalidGrantError("the patient has ended this access")
        self.request.credential = grant

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Answer with an access token under the patient's grant."""
        grant: Grant = self.request.credential
        return 200, self.server.answer(grant, grant.scope), self.TOKEN_RESPONSE_HEADER


def _verified(assertion: str, client: DynamicClient) -> dict[str, Any]:
    try:
        keys = KeySet.import_key_set(client.jwks)  # type: ignore[arg-type]  # what was checked at its registration
        return dict(jwt.decode(assertion, keys, algorithms=["RS256", "RS384"]).claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidGrantError("the assertion is not signed by this client") from error


def registration_routes(server: SmartServer) -> Blueprint:
    """Build the address where clients register themselves, under /auth."""
    routes = Blueprint("registration", __name__)
    routes.add_url_rule("/register", "register", lambda: _register(server), methods=["POST"])
    return routes


def _register(server: SmartServer) -> Response:
    """Take a client's keys, once for each sign-in."""
    if not server.clients.is_open:
        return make_response("There is no registration here.\n", HTTPStatus.NOT_FOUND)
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = server.tokens.find(text.strip()) if scheme.lower() == "bearer" else None
    if token is None or token.kind != "access":
        return _refuse(HTTPStatus.UNAUTHORIZED, "invalid_token", "an initial access token is required")
    if scopes.REGISTER not in token.grant.scope.split():
        return _refuse(HTTPStatus.FORBIDDEN, "insufficient_scope", f"the token has no scope {scopes.REGISTER}")
    keys = _keys(request.get_data())
    found = request.get_json(silent=True)
    software = found.get("software_id") if isinstance(found, dict) else None
    if keys is None or software != token.grant.client_id:
        return _refuse(HTTPStatus.BAD_REQUEST, "invalid_client_metadata", "software_id and RSA keys are required")
    client_id = server.clients.register(keys, token.grant)
    if client_id is None:
        return _refuse(HTTPStatus.BAD_REQUEST, "invalid_token", "this token has registered a client before")
    answer = {
        "client_id": client_id,
        "software_id": software,
        "token_endpoint_auth_method": "none",
        "grant_types": [ASSERTION],
        "jwks": keys,
    }
    return make_response(jsonify(answer), HTTPStatus.CREATED)


def _keys(body: bytes) -> dict[str, Any] | None:
    """The public RSA keys of a registration; None when they are not what is wanted."""
    try:
        listed = json.loads(body)["jwks"]["keys"]
        public = [{name: key[name] for name in ("kty", "kid", "n", "e")} for key in listed]
        sizes = [RSAKey.import_key(key).public_key.key_size for key in public]
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return {"keys": public} if 0 < len(public) <= _MAX_KEYS and min(sizes) >= _LEAST_BITS else None


def _refuse(status: int, error: str, sentence: str) -> Response:
    return make_response(jsonify(error=error, error_description=sentence), status)
