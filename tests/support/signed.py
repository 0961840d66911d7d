"""Keys and signed identity tokens of a scripted portal."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.support.wire import Answer

if TYPE_CHECKING:
    from tests.support.hostile import ScriptedPortal
    from tests.support.wire import Call

CLIENT = "portal-terminal"
RSA = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "two"}, private=True)
CURVE = ECKey.generate_key("P-256", {"kid": "three"}, private=True)


@dataclass
class Signer:
    """Makes a scripted portal publish keys and prove who signs in; `claims` are laid over what is right."""

    portal: ScriptedPortal
    published: list[RSAKey | ECKey] = field(default_factory=lambda: [RSA])
    key: RSAKey | ECKey = field(default_factory=lambda: RSA)
    algorithm: str = "RS256"
    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""

    def install(self) -> None:
        """Begin to publish and to prove."""
        self.portal.smart["jwks_uri"] = f"{self.portal.origin}/auth/jwks"
        self.portal.behaviours["/auth/jwks"] = lambda _: Answer(200, self.jwks())
        self.portal.behaviours["GET /auth/authorize"] = self._note
        self.portal.behaviours["POST /auth/token"] = self._prove

    def jwks(self) -> bytes:
        """The published keys."""
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.published]}).encode()

    def token(self) -> str:
        """An identity token; a claim of None is left out."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.portal.base_url,
            "sub": "ada",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "fhirUser": f"{self.portal.base_url}/Patient/p1",
            **({"nonce": self.nonce} if self.nonce else {}),
            **self.claims,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.header}
        left = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(left, said, self.key, algorithms=[self.algorithm])

    def _note(self, call: Call) -> None:
        self.nonce = call.query.get("nonce", "")

    def _prove(self, _: Call) -> None:
        self.portal.token_extra = {"patient": None, "id_token": self.token()}
