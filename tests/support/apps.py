"""A patient's app at a running practice portal, which knows nothing of how the portal or the client is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox

_VERIFIER, _CHALLENGE = "a" * 43, "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA"


class App:
    """Calls a portal over a socket, with a token of its own for everything that patients may do."""

    def __init__(self, practice: Sandbox, place: int = 0) -> None:
        account = practice.sign_ins[place]
        self.patient = account.patient
        self._web = httpx.Client(timeout=30, base_url=practice.base_url)
        auth = practice.base_url.removesuffix("/fhir") + "/auth"
        asked = {
            "client_id": "tests",
            "scope": "launch/patient patient/*.cruds",
            "code_challenge": _CHALLENGE,
            "code_challenge_method": "S256",
            "username": account.username,
            "password": account.password,
            "patient": account.patient,
        }
        code = self._web.post(f"{auth}/challenge", data=asked).json()["authorization_code"]
        form = {"grant_type": "authorization_code", "client_id": "tests", "code": code, "code_verifier": _VERIFIER}
        token = self._web.post(f"{auth}/token", data=form).json()["access_token"]
        self._web.headers = httpx.Headers({"Authorization": f"Bearer {token}"})

    def close(self) -> None:
        self._web.close()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call the portal; a body is sent as JSON, and a header's `_` stands for a hyphen."""
        text = None if body is None else json.dumps(body)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._web.request(method, f"/{path.removeprefix('/')}", content=text, headers=fields)

    def post(self, body: dict[str, Any]) -> httpx.Response:
        """Send a new resource."""
        return self.call("POST", str(body["resourceType"]), body, Content_Type="application/fhir+json")

    def found(self, path: str) -> list[dict[str, Any]]:
        """What a search finds, on all its pages."""
        resources: list[dict[str, Any]] = []
        while path:
            bundle = self.call("GET", path).json()
            resources += [entry["resource"] for entry in bundle.get("entry", []) if "resource" in entry]
            following = (link["url"] for link in bundle.get("link", []) if link["relation"] == "next")
            path = next(following, "").removeprefix(str(self._web.base_url))
        return resources
