"""Who signed in: the identity token of a portal, checked (OpenID Connect Core §3.1.3.7)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from store.errors import BadAnswer
from store.remote.http import Request, origin_of
from store.remote.json_body import json_object

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

    from store.remote.discovery import Smart
    from store.remote.http import Http

_KEY_TYPES = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "ES256": "EC", "ES384": "EC",
}  # fmt: skip
_SKEW_SECONDS = 300  # how far the clocks of a portal's computers, and of this one, may be apart
_MOST_BYTES = 256 << 10  # of a set of keys
_LEAST_BITS = 2048
_MOST_KEYS = 100


@dataclass(frozen=True)
class Expected:
    """What an identity token has to say: whom it is for, and the nonce that was sent; none when None.

    `at` is the time of the answer that it came in, by the portal's own clock, in seconds since 1970 UTC: a clock that
    is wrong, there or here, makes no proof worse that came straight from the portal. None is now by the clock here.
    """

    client_id: str
    nonce: str | None
    at: float | None = None


def checked_claims(http: Http, smart: Smart, base_url: str, id_token: str, expected: Expected) -> dict[str, Any]:
    """The claims of an identity token whose signature and claims hold.

    The keys are fetched, and once more when none of them is the one that is named. Raises BadAnswer, Unreachable.
    """
    header = _header(http, id_token)
    found: list[RSAKey | ECKey] = []
    for _ in range(2):
        found = _fitting(_keys(http, smart.jwks_uri or ""), header)
        if found:
            break
    if not found:
        raise _doubted(http, "the portal does not publish the key it is signed with")
    claims = _signed(http, id_token, str(header["alg"]), found)
    _check(http, claims, smart, base_url, expected)
    return claims


def _doubted(http: Http, why: str) -> BadAnswer:
    return BadAnswer(http.origin, f"its proof of who signed in does not hold, since {why}")


def _header(http: Http, id_token: str) -> dict[str, Any]:
    # Deferred: only a sign-in with an identity token needs signatures, and they take long to load.
    from joserfc.util import urlsafe_b64decode  # noqa: PLC0415

    try:
        header = json_object(urlsafe_b64decode(id_token.partition(".")[0].encode("ascii")))
    except ValueError:
        header = {}
    if header.get("alg") not in _KEY_TYPES or id_token.count(".") != 2:  # noqa: PLR2004 - header, payload, signature
        raise _doubted(http, "it is not signed in a way that proves anything")
    return header


def _keys(http: Http, jwks_uri: str) -> list[dict[str, Any]]:
    """The public keys that a portal publishes. Raises BadAnswer, Unreachable."""
    answer = http.send(Request("GET", jwks_uri, {"Accept": "application/json"}, most=_MOST_BYTES), patient=True)
    if not answer.is_ok:
        raise BadAnswer(origin_of(jwks_uri), f"its keys cannot be had: HTTP status {answer.status}", answer.status)
    listed = json_object(answer.body).get("keys")
    return [key for key in listed[:_MOST_KEYS] if isinstance(key, dict)] if isinstance(listed, list) else []


def _fitting(keys: list[dict[str, Any]], header: dict[str, Any]) -> list[RSAKey | ECKey]:
    """The keys that may have signed: of the named id and of the right kind."""
    from joserfc.errors import JoseError  # noqa: PLC0415 - as in _header
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415 - as in _header

    algorithm, kid = header["alg"], header.get("kid")
    kinds: dict[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
    fitting = []
    for key in keys:
        is_named = kid is None or key.get("kid") == kid
        is_for_this = key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
        if not is_named or not is_for_this or key.get("kty") != _KEY_TYPES[algorithm] or _is_short(key):
            continue
        public = {name: value for name, value in key.items() if name in {"kty", "n", "e", "crv", "x", "y"}}
        try:
            fitting.append(kinds[_KEY_TYPES[algorithm]].import_key(public))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return fitting


def _is_short(key: dict[str, Any]) -> bool:
    """Whether an RSA key is so short that it proves nothing; its modulus is in base64url."""
    return key.get("kty") == "RSA" and len(str(key.get("n", ""))) * 6 < _LEAST_BITS


def _signed(http: Http, id_token: str, algorithm: str, keys: list[RSAKey | ECKey]) -> dict[str, Any]:
    from joserfc import jws  # noqa: PLC0415 - as in _header
    from joserfc.errors import JoseError  # noqa: PLC0415 - as in _header

    for key in keys:
        try:
            payload = jws.deserialize_compact(id_token, key, algorithms=[algorithm]).payload
            return msgspec.json.decode(payload, type=dict[str, Any])
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
    raise _doubted(http, "its signature is not the portal's")


def _check(http: Http, claims: dict[str, Any], smart: Smart, base_url: str, expected: Expected) -> None:
    """Hold the claims against what is expected. Raises BadAnswer."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if not _is_issuer(claims.get("iss"), smart, base_url):
        raise _doubted(http, "it was issued by somebody else")
    if expected.client_id not in audiences:
        raise _doubted(http, "it is for another application")
    if claims.get("azp", None if len(audiences) > 1 else expected.client_id) != expected.client_id:
        raise _doubted(http, "it was issued to another application")
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise _doubted(http, "it belongs to another sign-in")
    now = time.time() if expected.at is None else expected.at
    ends, begins = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if ends is None or begins is None:
        raise _doubted(http, "it does not say for which time it is")
    not_before = _seconds(claims.get("nbf", begins))
    if ends <= now - _SKEW_SECONDS:
        raise _doubted(http, "it has ended")
    if begins > now + _SKEW_SECONDS or not_before is None or not_before > now + _SKEW_SECONDS:
        raise _doubted(http, "it is from the future")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _doubted(http, "it names nobody")


def _is_issuer(named: object, smart: Smart, base_url: str) -> bool:
    """Whether the issuer is the announced one; where none is, the portal itself."""
    if smart.issuer:
        return named == smart.issuer
    return isinstance(named, str) and named.rstrip("/") == base_url


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
