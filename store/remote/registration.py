"""A client of one's own at a portal that gives public clients no refresh token (RFC 7591 and 7523, as Epic has them).

After a sign-in the program registers a key of its own with the access token. Later it signs assertions with it for
new access tokens. The private key rests in the vault, where a refresh token would.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from store.errors import BadAnswer, SignInNeeded
from store.remote.http import MAX_DESCRIPTION_BYTES, Request
from store.remote.json_body import json_object
from store.remote.token_answers import ends_the_sign_in, read_tokens

if TYPE_CHECKING:
    from store.remote.discovery import Smart
    from store.remote.http import Http
    from store.remote.token_answers import Tokens

SCOPE = "system/DynamicClient.register"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MARK = "key\t"  # no refresh token has a tab in it
_BITS = 2048
_LIFE_SECONDS = 240  # of an assertion; portals take five minutes at most
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True)
class DynamicClient:
    """A registered client: its id at the portal, and its private key as a JSON Web Key."""

    client_id: str
    key: dict[str, Any] = field(repr=False)

    def at_rest(self) -> str:
        """How it is written down, in the place of a refresh token."""
        return _MARK + msgspec.json.encode({"client_id": self.client_id, "key": self.key}).decode("ascii")


def is_key(credential: str) -> bool:
    """Whether what renews a sign-in is a key, and not a refresh token."""
    return credential.startswith(_MARK)


def register(http: Http, address: str, software_id: str, access_token: str) -> DynamicClient | None:
    """Register a new key with the access token of a sign-in; None when the portal does not take it.

    Raises Unreachable, BadAnswer.
    """
    # Deferred: most portals give refresh tokens, and signatures take long to load.
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    key = RSAKey.generate_key(_BITS, private=True, auto_kid=True)
    public = {**key.as_dict(private=False), "alg": "RS256", "use": "sig"}
    body = msgspec.json.encode({"software_id": software_id, "jwks": {"keys": [public]}})
    answer = http.send(Request("POST", address, _JSON, body, token=access_token, most=MAX_DESCRIPTION_BYTES))
    client_id = json_object(answer.body).get("client_id")
    if not answer.is_ok or not isinstance(client_id, str) or not client_id:
        return None
    return DynamicClient(client_id, dict(key.as_dict(private=True)))


def renew(http: Http, smart: Smart, credential: str, scope: str) -> Tokens:
    """A new access token for a signed assertion. Raises SignInNeeded when the key is not, or no longer, of use."""
    from joserfc.errors import JoseError  # noqa: PLC0415 - as in register

    client = _read(credential)
    if client is None:
        raise SignInNeeded(http.origin)
    try:
        signed = _assertion(client, smart.token_endpoint)
    except (JoseError, ValueError, TypeError) as error:
        raise SignInNeeded(http.origin) from error
    form = {"grant_type": _GRANT, "assertion": signed, "client_id": client.client_id}
    body = urlencode(form).encode("ascii")
    answer = http.send(Request("POST", smart.token_endpoint, _FORM, body, most=MAX_DESCRIPTION_BYTES))
    if ends_the_sign_in(answer):
        raise SignInNeeded(http.origin)
    if not answer.is_ok:
        raise BadAnswer(http.origin, f"HTTP status {answer.status}", answer.status)
    return read_tokens(http, answer, scope)


def _read(credential: str) -> DynamicClient | None:
    found = json_object(credential.removeprefix(_MARK).encode())
    client_id, key = found.get("client_id"), found.get("key")
    return DynamicClient(client_id, key) if isinstance(client_id, str) and isinstance(key, dict) else None


def _assertion(client: DynamicClient, audience: str) -> str:
    from joserfc import jwt  # noqa: PLC0415 - as in register
    from joserfc.jwk import RSAKey  # noqa: PLC0415 - as in register

    now = int(time.time())
    key = RSAKey.import_key(client.key)
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "nbf": now,
        "exp": now + _LIFE_SECONDS,
    }
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": key.kid}, claims, key)
