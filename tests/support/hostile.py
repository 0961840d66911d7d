"""A portal that does what a test tells it to: exact bytes, and every kind of misbehaviour, on a real socket."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.support.wire import Answer, Call, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATIENT = "p1"
_POLL_SECONDS = 0.05
_LONGEST_SETTLING = 30.0

Behaviour: TypeAlias = "Callable[[Call], Answer | None]"


@dataclass(frozen=True)
class Offer:
    """What the portal declares for one type."""

    interactions: tuple[str, ...] = ("read", "search-type")
    search: tuple[str, ...] = ("patient", "_lastUpdated")
    conditional_create: bool = False
    conditional_read: bool = False
    versioned: bool = False


class ScriptedPortal:
    """A FHIR R4 and SMART portal on the loopback interface; as a context manager it serves inside the block.

    `resources` (type, then id, then exact bytes) are served in Bundles and reads. `behaviours` answer instead of
    the portal: by an exact path (`/fhir/Observation`), an exact path with query, or `METHOD path-prefix`; one that
    returns None, or a missing one, leaves the request to `usual`. Sign-in accepts anything and issues `access-1`,
    `access-2`, …; only tokens in `accepted` open the record.
    """

    def __init__(self) -> None:
        self.resources: dict[str, dict[str, bytes]] = {"Patient": {PATIENT: patient()}}
        self.types: dict[str, Offer] = {"Patient": Offer(("read",), ())}
        self.page_size = 100
        self.behaviours: dict[str, Behaviour | Answer] = {}
        self.requests: list[Call] = []
        self.accepted: set[str] = set()
        self.issued = 0
        self.created: list[bytes] = []
        self.smart: dict[str, Any] = {}
        self.token_extra: dict[str, Any] = {}
        self.refuses_refresh = False
        self.has_everything = False
        self.serves_date = True
        self._lock = threading.Lock()
        self._server = Server(self)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.base_url = f"{self.origin}/fhir"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def settle(self) -> None:
        """Wait until all that was sent here has been taken in, once whoever sent it has hung up."""
        until = time.monotonic() + _LONGEST_SETTLING
        while self._server.open:
            assert time.monotonic() < until, "somebody is still connected"
            time.sleep(_POLL_SECONDS)

    def add(self, *bodies: bytes) -> None:
        """Put resources on the portal, each under its own type and id; a type that is new is offered."""
        for body in bodies:
            found = json.loads(body)
            self.resources.setdefault(found["resourceType"], {})[found["id"]] = body
            self.types.setdefault(found["resourceType"], Offer())

    def count(self, method: str, path: str) -> int:
        """How many requests of a method came to a path."""
        return sum(call.method == method and call.path == path for call in self.requests)

    def answer(self, call: Call) -> Answer:
        """What to answer: a behaviour if one is set for this request, else the usual."""
        for key in (call.target, call.path):
            if key in self.behaviours:
                return self._behave(self.behaviours[key], call)
        for key, behaviour in self.behaviours.items():
            method, _, prefix = key.partition(" ")
            if prefix and method == call.method and call.target.startswith(prefix):
                return self._behave(behaviour, call)
        return self.usual(call)

    def usual(self, call: Call) -> Answer:
        """What a well-behaved portal answers."""
        if call.path.startswith("/auth/"):
            return self._auth(call)
        if call.path == "/fhir/.well-known/smart-configuration":
            return _json(self.smart_configuration())
        if call.path == "/fhir/metadata":
            return _json(self.capability())
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self.accepted:
            return outcome(401, "the token is not known")
        type_name, _, record_id = call.path.removeprefix("/fhir/").partition("/")
        if record_id:
            return self._read(call, type_name, record_id)
        return self._create(call, type_name) if call.method == "POST" else self.search(call, type_name)

    def smart_configuration(self) -> dict[str, Any]:
        """The SMART configuration, with what `smart` says laid over it; a value of None leaves a name out."""
        described = {
            "issuer": self.base_url,
            "authorization_endpoint": f"{self.origin}/auth/authorize",
            "token_endpoint": f"{self.origin}/auth/token",
            "authorization_challenge_endpoint": f"{self.origin}/auth/challenge",
            "revocation_endpoint": f"{self.origin}/auth/revoke",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["permission-v2", "permission-offline"],
            **self.smart,
        }
        return {name: value for name, value in described.items() if value is not None}

    def capability(self) -> dict[str, Any]:
        """The CapabilityStatement, from `types`."""
        rest: dict[str, Any] = {"mode": "server", "resource": [_declared(*item) for item in self.types.items()]}
        if self.has_everything:
            rest["operation"] = [{"name": "patient-everything"}]
        return {
            "resourceType": "CapabilityStatement",
            "fhirVersion": "4.0.1",
            "software": {"name": "scripted portal"},
            "rest": [rest],
        }

    def _behave(self, behaviour: Behaviour | Answer, call: Call) -> Answer:
        if isinstance(behaviour, Answer):
            return behaviour
        return behaviour(call) or self.usual(call)

    def _auth(self, call: Call) -> Answer:
        name = call.path.rpartition("/")[2]
        if name == "authorize":
            sent = parse_qs(urlsplit(call.target).query)
            back = urlencode({"code": "code-1", "state": sent["state"][0], "iss": self.base_url})
            return Answer(302, headers={"Location": f"{sent['redirect_uri'][0]}?{back}"})
        if name == "challenge":
            return _json({"authorization_code": "code-1"})
        if name == "revoke":
            self.accepted.clear()
            return Answer(200)
        return self._token(call)

    def _token(self, call: Call) -> Answer:
        if self.refuses_refresh and call.form.get("grant_type") == "refresh_token":
            return _json({"error": "invalid_grant"}, 400)
        with self._lock:
            self.issued += 1
            number = self.issued
        self.accepted.add(f"access-{number}")
        granted = {
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "patient/*.cruds offline_access",
            "patient": PATIENT,
            **self.token_extra,
        }
        return _json({key: value for key, value in granted.items() if value is not None})

    def _read(self, call: Call, type_name: str, record_id: str) -> Answer:
        if record_id == f"{PATIENT}/$everything" and self.has_everything:
            return self._everything(call)
        body = self.resources.get(type_name, {}).get(record_id)
        if body is None:
            return outcome(404, f"{call.path} is not known")
        tag = f'W/"{json.loads(body).get("meta", {}).get("versionId", "")}"'
        if self.types[type_name].conditional_read and call.headers.get("if-none-match") == tag:
            return Answer(304)
        return Answer(200, body, {"Content-Type": "application/fhir+json", "ETag": tag})

    def search(self, call: Call, type_name: str, keep: Callable[[bytes], bool] = lambda _: True) -> Answer:
        """What a well-behaved portal answers to a search, of the resources that `keep` lets pass."""
        if type_name not in self.types:
            return outcome(404, f"{type_name} is not known")
        query = call.query
        found = [body for body in self.resources.get(type_name, {}).values() if keep(body)]
        if "identifier" in query:
            found = [body for body in found if _has_identifier(body, query["identifier"])]
        if "_lastUpdated" in query and "_lastUpdated" in self.types[type_name].search:
            since = query["_lastUpdated"].removeprefix("ge")
            found = [body for body in found if _updated(body) >= since]
        start = int(query.get("_offset", "0"))
        page = found[start : start + self.page_size]
        following = None
        if start + self.page_size < len(found):
            following = f"{self.base_url}/{type_name}?{urlencode({**query, '_offset': str(start + self.page_size)})}"
        return Answer(200, bundle(page, following), {"Content-Type": "application/fhir+json"})

    def _everything(self, call: Call) -> Answer:
        since = call.query.get("_since", "")
        found = [body for bodies in self.resources.values() for body in bodies.values() if _updated(body) >= since]
        return Answer(200, bundle(found), {"Content-Type": "application/fhir+json"})

    def _create(self, call: Call, type_name: str) -> Answer:
        condition = dict(parse_qsl(call.headers.get("if-none-exist", "")))
        with self._lock:
            for body in self.resources.get(type_name, {}).values():
                if condition and _has_identifier(body, condition["identifier"]):
                    return Answer(200, body, {"Content-Type": "application/fhir+json"})
            self.created.append(call.body)
            new_id = f"new-{len(self.created)}"
            body = json.dumps({**json.loads(call.body), "id": new_id, "meta": {"versionId": "1"}}).encode()
            self.resources.setdefault(type_name, {})[new_id] = body
        location = f"{self.base_url}/{type_name}/{new_id}/_history/1"
        return Answer(201, body, {"Content-Type": "application/fhir+json", "Location": location})


def bundle(bodies: Iterable[bytes], next_url: str | None = None, mode: str = "match") -> bytes:
    """A searchset Bundle that holds exactly these bytes."""
    link = b'"link":[{"relation":"next","url":' + json.dumps(next_url).encode() + b"}]," if next_url else b""
    entries = b",".join(b'{"resource":' + body + b',"search":{"mode":"' + mode.encode() + b'"}}' for body in bodies)
    return b'{"resourceType":"Bundle","type":"searchset",' + link + b'"entry":[' + entries + b"]}"


def outcome(status: int, words: str) -> Answer:
    """A refusal with an OperationOutcome."""
    issue = {"severity": "error", "code": "processing", "diagnostics": words}
    return _json({"resourceType": "OperationOutcome", "issue": [issue]}, status)


def patient(name: str = "Ada Long") -> bytes:
    """The record of the patient that every sign-in is for."""
    return json.dumps({"resourceType": "Patient", "id": PATIENT, "name": [{"text": name}]}).encode()


def resource(type_name: str, record_id: str, **fields: object) -> bytes:
    """A resource about the patient, as bytes."""
    subject = {"subject": {"reference": f"Patient/{PATIENT}"}}
    return json.dumps({"resourceType": type_name, "id": record_id, **subject, **fields}).encode()


def _json(document: dict[str, Any], status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


def _declared(name: str, offer: Offer) -> dict[str, Any]:
    return {
        "type": name,
        "interaction": [{"code": code} for code in offer.interactions],
        "searchParam": [{"name": parameter, "type": "token"} for parameter in offer.search],
        "conditionalCreate": offer.conditional_create,
        "conditionalRead": "full-support" if offer.conditional_read else "not-supported",
        "versioning": "versioned-update" if offer.versioned else "versioned",
    }


def _has_identifier(body: bytes, wanted: str) -> bool:
    system, _, value = wanted.rpartition("|")
    listed = json.loads(body).get("identifier", [])
    return any(item.get("value") == value and item.get("system", "") == system for item in listed)


def _updated(body: bytes) -> str:
    return str(json.loads(body).get("meta", {}).get("lastUpdated", "9999"))
