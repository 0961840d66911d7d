"""A small record of two patients, and someone to call the portal for them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

VERIFIER = "a-verifier-of-enough-length-for-proof-key-000"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
EVERYTHING = "launch/patient offline_access patient/*.cruds"

RECORD: dict[str, str] = {
    "ada.json": '{"resourceType":"Patient","id":"ada","name":[{"use":"official","family":"Lóng","given":["Ada"]}],'
    '"birthDate":"1970-02","identifier":[{"system":"urn:mrn","value":"A1"}],"active":true}',
    "ben.json": '{"resourceType":"Patient","id":"ben","name":[{"text":"Ben Short"}]}',
    "glucose.json": '{"status":"final","resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org",'
    '"code":"2339-0"}]},"valueQuantity":{"value":1.00,"unit":"mmol/L"},"subject":{"reference":"Patient/ada"},'
    '"effectiveDateTime":"2024-03-05T10:30:00+02:00","extension":[{"url":"urn:odd","valueDecimal":0.000000010,'
    '"zebra":123456789012345678901234567890,"aardvark":[1E+2,-0.0]}],"id":"glucose"}',
    "pulse.json": '{"resourceType":"Observation","id":"pulse","meta":{"tag":[{"code":"kept"}]},"status":"amended",'
    '"code":{"coding":[{"code":"8867-4"}]},"subject":{"reference":"Patient/ada"},"effectiveDateTime":"2025"}',
    "ben-pulse.json": '{"resourceType":"Observation","id":"ben-pulse","status":"final","code":{"text":"Pulse"},'
    '"subject":{"reference":"Patient/ben"}}',
    "order.json": '{"resourceType":"MedicationRequest","id":"order","status":"active","intent":"order",'
    '"medicationCodeableConcept":{"text":"Lisinopril 10 MG"},"subject":{"reference":"Patient/ada"},'
    '"dispenseRequest":{"quantity":{"value":30.0}}}',
    "doctor.json": '{"resourceType":"Practitioner","id":"doctor","name":[{"family":"Nightingale"}]}',
    "scan.json": '{"resourceType":"Binary","id":"scan","contentType":"text/plain","data":"aGVsbG8="}',
    "note.json": '{"resourceType":"DocumentReference","id":"note","status":"current","subject":{"reference":'
    '"Patient/ada"},"content":[{"attachment":{"contentType":"text/plain","url":"Binary/scan"}}]}',
    "origin.json": '{"resourceType":"Provenance","id":"origin","recorded":"2024-03-05T10:30:00Z","target":'
    '[{"reference":"Observation/glucose"}],"agent":[{"who":{"reference":"Practitioner/doctor"}}]}',
}


class Caller:
    """One patient's app: calls the portal in process, with a token of its own."""

    def __init__(self, sandbox: Sandbox, place: int = 0, scope: str = EVERYTHING) -> None:
        self.sandbox = sandbox
        self.sign_in = sandbox.sign_ins[place]
        self.client: FlaskClient = sandbox.app.test_client()
        self.tokens = self.exchange(self.code(scope)).json or {}

    def code(self, scope: str = EVERYTHING) -> str:
        answer = self.client.post(
            "/auth/challenge",
            data={
                "client_id": "portal-terminal",
                "scope": scope,
                "code_challenge": CHALLENGE,
                "code_challenge_method": "S256",
                "username": self.sign_in.username,
                "password": self.sign_in.password,
            },
        )
        assert answer.json, answer.status
        return str(answer.json["authorization_code"])

    def exchange(self, code: str, **fields: str) -> TestResponse:
        form = {"grant_type": "authorization_code", "client_id": "portal-terminal", "code": code}
        return self.client.post("/auth/token", data={**form, "code_verifier": VERIFIER, **fields})

    def refresh(self, token: str, **fields: str) -> TestResponse:
        form = {"grant_type": "refresh_token", "client_id": "portal-terminal", "refresh_token": token}
        return self.client.post("/auth/token", data={**form, **fields})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        content = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        address = path.removeprefix(self.sandbox.base_url).removeprefix("/")
        return self.client.open(f"/fhir/{address}", method=method, data=content, headers=fields)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, **headers)

    def found(self, path: str, **headers: str) -> set[str]:
        """Search, and give the ids of the matches."""
        answer = self.get(path, **headers)
        assert answer.status_code == 200, answer.text
        return {entry["resource"]["id"] for entry in (answer.json or {}).get("entry", [])}

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """Call for something that is refused, and give the status and the issue code."""
        answer = self.call(method, path, body, **headers)
        assert answer.content_type.startswith("application/fhir+json")
        outcome = answer.json or {}
        assert outcome["resourceType"] == "OperationOutcome", outcome
        return answer.status_code, outcome["issue"][0]["code"]


def _write(folder: Path, record: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in record.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """One portal for the tests of a module that change nothing."""
    return Sandbox(SandboxOptions(load=_write(tmp_path_factory.mktemp("shared"), RECORD)))


@pytest.fixture
def open_sandbox(tmp_path: Path) -> Callable[..., Sandbox]:
    """Build portals, not yet served, from texts of JSON files."""

    def build(record: dict[str, str] | None = None, **options: Any) -> Sandbox:
        folder = _write(tmp_path / "record", record or RECORD)
        return Sandbox(SandboxOptions(load=folder, **options))

    return build


@pytest.fixture
def sandbox(open_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return open_sandbox()


@pytest.fixture
def ada(sandbox: Sandbox) -> Caller:
    """The patient with lisinopril, who comes first."""
    return Caller(sandbox)


@pytest.fixture
def ben(sandbox: Sandbox) -> Caller:
    return Caller(sandbox, 1)


@pytest.fixture(scope="session")
def call_as() -> type[Caller]:
    return Caller


@pytest.fixture
def given_folder() -> Callable[[str], Path]:
    """Find a folder of published examples, or skip where they are not at hand."""

    def find(name: str) -> Path:
        folder = Path(__file__).resolve().parents[3].parent / "shared" / "data" / name
        if not folder.is_dir():
            pytest.skip(f"the published examples are not at {folder}")
        return folder

    return find
