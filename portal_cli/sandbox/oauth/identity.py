"""Identity tokens: who signed in, signed with RS256 (OpenID Connect Core §2, SMART App Launch 2.2 scopes)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from portal_cli.sandbox.oauth.tokens import Grant

LIFETIME_SECONDS = 300


class Identity:
    """Signs identity tokens; the key is made when first needed and lives as long as the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: RSAKey | None = None

    def jwks(self) -> dict[str, Any]:
        """Give the public key as a JSON Web Key Set (RFC 7517 §5)."""
        return {"keys": [{**self._signing_key().as_dict(private=False), "use": "sig", "alg": "RS256"}]}

    def token(self, grant: Grant, issuer: str, moment: int) -> str:
        """Sign an id_token for a grant; `moment` is the time of issue in seconds since 1970."""
        key = self._signing_key()
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": grant.username,
            "aud": grant.client_id,
            "iat": moment,
            "exp": moment + LIFETIME_SECONDS,
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        if "fhirUser" in grant.scope.split():
            claims["fhirUser"] = f"{issuer}/{grant.user}"
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": key.kid}, claims, key)

    def _signing_key(self) -> RSAKey:
        with self._lock:
            if self._key is None:
                self._key = RSAKey.generate_key(2048, private=True, auto_kid=True)
            return self._key
