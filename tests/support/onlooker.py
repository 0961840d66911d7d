"""Somebody else's app at a practice portal: signs in by itself, shares no code with ours, and reads what is there."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERIFIER = "a-verifier-of-an-app-that-only-looks-on-0123456789"
_CHALLENGE = urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).decode().rstrip("=")
_PATIENCE_SECONDS = 20


class Onlooker:
    """Reads one patient's records over FHIR, with that patient's own user name and password."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        app = {"client_id": "portal-terminal"}
        proof = {"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}
        person = {"username": username, "password": password, "scope": "patient/*.rs"}
        code = self._post("challenge", {**app, **proof, **person})["authorization_code"]
        asked = {**app, "grant_type": "authorization_code", "code": code, "code_verifier": _VERIFIER}
        self._token = self._post("token", asked)["access_token"]

    def every(self, type_name: str) -> list[dict[str, Any]]:
        """All records of a type."""
        bundle = _json(
            Request(f"{self._url}/{type_name}?_count=1000", headers={"Authorization": f"Bearer {self._token}"})
        )
        assert not [link for link in bundle.get("link", []) if link["relation"] == "next"]
        return [entry["resource"] for entry in bundle.get("entry", [])]

    def _post(self, name: str, form: Mapping[str, str]) -> dict[str, Any]:
        return _json(Request(f"{self._url.removesuffix('/fhir')}/auth/{name}", urlencode(form).encode()))


def _json(request: Request) -> dict[str, Any]:
    with urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
