"""A portal on a real socket, and somebody who calls its account API."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PASSWORD = "quartz lantern otter 58"
ALL = "openid fhirUser offline_access launch/patient patient/*.cruds account"


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the socket."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}

    @property
    def key(self) -> str:
        """Which refusal it is."""
        assert self.headers["content-type"] == "application/problem+json", self
        return str(self.json["type"]).rpartition("/")[2]


@dataclass
class Somebody:
    """A person at a portal, with or without a token."""

    sandbox: Sandbox
    token: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.sandbox.base_url).netloc, timeout=30)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given.setdefault("Authorization", f"Bearer {self.token}")
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, named, answer.read())
        finally:
            connection.close()

    def api(self, method: str, path: str, body: object = None) -> Reply:
        content = None if body is None else json.dumps(body).encode()
        return self.send(method, f"/account/api{path}", content, Content_Type="application/json")

    def post(self, path: str, **fields: object) -> Reply:
        return self.api("POST", path, fields)

    def mail(self, to: str = "") -> list[dict[str, str]]:
        """What was sent, the newest first."""
        found: list[dict[str, str]] = self.send("GET", "/mailbox.json").json["messages"]
        return [one for one in found if to in {"", one["to"]}]

    def code(self, to: str) -> str:
        """The newest code that was sent somewhere."""
        found = (re.search(r"\b\d{6}\b", one["body"]) for one in self.mail(to))
        return next(match[0] for match in found if match)

    def register(self, **changes: object) -> Reply:
        return self.post("/registrations", **{**self.fields, **changes})

    def sign_up(self, **changes: object) -> dict[str, Any]:
        """Go the whole way to an account."""
        fields = {**self.fields, **changes}
        key = self.register(**changes).json["registration"]
        for channel in ("email", "phone"):
            answer = self.post(f"/registrations/{key}/verify", channel=channel, code=self.code(str(fields[channel])))
            assert answer.status == 200, answer
        assert answer.json["is_complete"]
        return fields

    def challenge(self, **form: str) -> Reply:
        whole = {"client_id": "portal-terminal", **form}
        kind = "application/x-www-form-urlencoded"
        return self.send("POST", "/auth/challenge", urlencode(whole).encode(), Content_Type=kind)

    def password(self, username: str, password: str, scope: str = ALL, **form: str) -> Reply:
        """The first step of signing in."""
        proof = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        return self.challenge(username=username, password=password, scope=scope, **proof, **form)

    def exchange(self, code: str, client: str = "portal-terminal") -> Reply:
        form = {"grant_type": "authorization_code", "client_id": client, "code": code, "code_verifier": VERIFIER}
        kind = "application/x-www-form-urlencoded"
        return self.send("POST", "/auth/token", urlencode(form).encode(), Content_Type=kind)

    def refresh(self, token: str) -> Reply:
        form = {"grant_type": "refresh_token", "client_id": "portal-terminal", "refresh_token": token}
        kind = "application/x-www-form-urlencoded"
        return self.send("POST", "/auth/token", urlencode(form).encode(), Content_Type=kind)

    def sign_in(self, username: str, password: str = PASSWORD, scope: str = ALL) -> dict[str, Any]:
        """Sign in and hold the token; gives the whole token answer."""
        answer = self.exchange(self.password(username, password, scope).json["authorization_code"])
        assert answer.status == 200, answer
        self.token = answer.json["access_token"]
        found: dict[str, Any] = answer.json
        return found


def new_person(sandbox: Sandbox) -> Somebody:
    return Somebody(
        sandbox,
        fields={
            "given": "Grace",
            "family": "Hopper",
            "birth_date": "1986-12-09",
            "email": "grace@example.org",
            "phone": "+15550104242",
            "username": "grace.h",
            "password": PASSWORD,
            "terms_version": "2026-01",
        },
    )


@pytest.fixture
def portal() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions()) as running:
        yield running


@pytest.fixture
def grace(portal: Sandbox) -> Somebody:
    """Somebody whom the practice does not know."""
    return new_person(portal)


@pytest.fixture
def ada(grace: Somebody) -> Somebody:
    """Somebody with an account, signed in."""
    fields = grace.sign_up()
    grace.sign_in(fields["username"])
    return grace
