"""Two patients who have one resource of every type each, every link of each leading to the other's, and an intruder."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.compartment import COMPARTMENT
from portal_cli.sandbox.parameters.table import parameters_of
from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal_cli.sandbox.versions import Version

SECRET = "BENS-SECRET"
PACKED_SECRET = base64.b64encode(SECRET.encode()).decode()[:12]
KINDS = tuple(sorted(COMPARTMENT))
OTHERS = {"ada": "ben", "ben": "ada"}
SCOPE = "launch/patient patient/*.cruds"
REFUSED = frozenset({403, 404, 405})


def named(kind: str, whose: str) -> str:
    """The id of the one resource of a type that somebody has."""
    return whose if kind == "Patient" else f"{whose}-{kind}"


def owned(kind: str, whose: str, **more: Any) -> dict[str, Any]:
    """A resource of a type in somebody's compartment, with the secret of it in Ben's."""
    found: dict[str, Any] = {"resourceType": kind, "id": named(kind, whose)}
    if kind == "Provenance":
        _put(found, "target", [{"reference": f"Observation/{named('Observation', whose)}"}])
    elif kind != "Patient":
        _put(found, COMPARTMENT[kind][0], {"reference": f"Patient/{whose}"})
    if kind == "Binary":
        found |= {
            "contentType": "text/plain",
            "data": base64.b64encode((SECRET if whose == "ben" else "ada's").encode()).decode(),
        }
    elif whose == "ben":
        found["text"] = {"status": "generated", "div": f"<div>{SECRET}</div>"}
    if kind not in {"Binary", "Provenance"}:
        found["identifier"] = [{"system": "urn:mark", "value": f"{whose}s-{kind}"}]
    return found | more


def crossed(kind: str, whose: str) -> dict[str, Any]:
    """As `owned`, with whatever may refer to something referring to what the other patient has."""
    found = owned(kind, whose)
    links = [{"reference": f"{other}/{named(other, OTHERS[whose])}"} for other in KINDS if other != "Patient"]
    for parameter in parameters_of(kind).values():
        for path in parameter.paths:
            if parameter.kind == "reference" and path not in COMPARTMENT[kind] and "[" not in path:
                _put(found, path, links)
    if kind == "DocumentReference":
        found["content"] = [{"attachment": {"url": f"Binary/{named('Binary', OTHERS[whose])}"}}]
    return found


def _put(resource: dict[str, Any], path: str, value: Any) -> None:
    *holders, last = path.split(".")
    node = resource
    for name in holders:
        below = node.setdefault(name, [{}])
        node = below[0] if isinstance(below, list) else below
        if "reference" in node:
            return  # a reference itself, of which nothing more can be said
    node.setdefault(last, value)


@dataclass
class Intruder:
    """Ada, who is after what Ben has."""

    sandbox: Sandbox
    client: FlaskClient = field(init=False)
    token: str = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.sandbox.app.test_client()
        self.token = self.token_of("ada")

    def token_of(self, whose: str) -> str:
        """A token of somebody's with every right that there is, however the portal lets one sign in."""
        tokens = self.sandbox.portal.tokens
        return tokens.issue(tokens.new_grant("intruder", whose, whose, SCOPE), "access", SCOPE)

    def document(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """The JSON of an answer, as `call` gets it."""
        found: dict[str, Any] = self.call(method, path, body, **headers).get_json(silent=True) or {}
        return found

    def call(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> TestResponse:
        """Send a request with Ada's token; nothing of Ben's may be in what comes back."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        given["Authorization"] = f"Bearer {token or self.token}"
        content = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        address = path.removeprefix(self.sandbox.base_url).removeprefix("/")
        answer = self.client.open(f"/fhir/{address}", method=method, data=content, headers=given)
        if not token:
            shown = f"{answer.headers}{answer.get_data(as_text=True)}"
            assert SECRET not in shown, (method, path)
            assert PACKED_SECRET not in shown, (method, path)
            assert answer.status_code < 500, (method, path)
        return answer

    def taken(self) -> dict[str, tuple[int, bytes]]:
        """Everything that Ben has: the number and the bytes of the newest version of each."""
        repository = self.sandbox.portal.repository
        found: list[Version] = [
            version for kind in repository.kinds() for version in repository.belongings("ben", kind)
        ]
        return {version.name: (version.number, version.body) for version in found}


def folder(path: Path) -> Path:
    """A record of the two, to be loaded."""
    resources = [crossed(kind, whose) for whose in OTHERS for kind in KINDS]
    for number, resource in enumerate(resources):
        (path / f"{number}.json").write_text(json.dumps(resource), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def break_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Intruder]:
    """Makes portals with the two patients' record, in whatever manner, and an intruder in each."""

    def begin(quirks: str | None = None) -> Intruder:
        sandbox = Sandbox(SandboxOptions(load=folder(tmp_path_factory.mktemp("two")), quirks=quirks, page_size=5))
        assert not sandbox.skipped, sandbox.skipped
        return Intruder(sandbox)

    return begin


@pytest.fixture(scope="module")
def intruder(break_in: Callable[..., Intruder]) -> Intruder:
    """One in the portal's own manner."""
    return break_in()
