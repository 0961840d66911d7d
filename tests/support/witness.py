"""Everything FHIR that goes in and out of a practice portal, judged by models of the standard that are not ours."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError
from werkzeug.wrappers import Request, Response

from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_FHIR = frozenset({"application/fhir+json", "application/json"})


class Witness:
    """A WSGI application before another. `flaws` has a line for each resource that is not valid FHIR R4.

    `sent` and `served` name the types that went in, in bodies, and out, Bundles with their own type. While it is not
    `is_judging`, everything passes unseen.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.flaws: list[str] = []
        self.is_judging = True
        self.sent: set[str] = set()
        self.served: set[str] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the other does, and look at both bodies."""
        request = Request(environ)
        if not (self.is_judging and request.path.startswith("/fhir")):
            return self._app(environ, start_response)
        self._look(request.get_data(cache=True), request.mimetype, f"{request.method} {request.path}", self.sent)
        environ["wsgi.input"].seek(0)
        answer = Response.from_app(self._app, environ)
        what = f"answer to {request.method} {request.full_path}: {answer.status}"
        self._look(answer.get_data(), answer.mimetype, what, self.served)
        return answer(environ, start_response)

    def take(self) -> list[str]:
        """The flaws since the last time."""
        found, self.flaws = self.flaws, []
        return found

    def _look(self, body: bytes, kind: str | None, what: str, seen: set[str]) -> None:
        if not body or kind not in _FHIR:
            return
        try:
            found = json.loads(body)
        except ValueError:
            return  # a body that is no JSON is sent on purpose, and refused
        if isinstance(found, dict) and isinstance(found.get("resourceType"), str):
            seen.update(_types(found))
            self.flaws += [f"{what}: {flaw}" for flaw in flaws(found)]


@contextmanager
def all_watched() -> Iterator[list[Witness]]:
    """Watch every practice portal that is made meanwhile; gives who watches them, as they come."""
    made: list[Witness] = []
    begin = Sandbox.__init__

    def watch(self: Sandbox, options: SandboxOptions) -> None:
        begin(self, options)
        made.append(Witness(self.app.wsgi_app))
        self.app.wsgi_app = made[-1]  # type: ignore[method-assign]  # Flask's own way to put something in front

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "__init__", watch)
        yield made


def witness_of(sandbox: Sandbox) -> Witness:
    """Who watches a portal."""
    found = sandbox.app.wsgi_app
    assert isinstance(found, Witness)
    return found


def unjudged(sandbox: Sandbox) -> Sandbox:
    """A portal whose records have elements on purpose that FHIR does not have: nothing of it is judged."""
    witness_of(sandbox).is_judging = False
    return sandbox


def flaws(resource: dict[str, Any]) -> list[str]:
    """What is wrong with a resource, and with those in it where it is a Bundle."""
    entries = resource.get("entry", [])
    inner = [entry["resource"] for entry in entries if "resource" in entry]
    if inner:
        resource = {**resource, "entry": [{"id": "judged-alone", **entry, "resource": None} for entry in entries]}
    return [flaw for each in (resource, *inner) if (flaw := _judge(json.dumps(_settled(each))))]


def _settled(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource as it is but for the moment that a portal has stored it: the same one is judged once."""
    meta = resource.get("meta")
    if not isinstance(meta, dict) or not _is_instant(str(meta.get("lastUpdated"))):
        return resource
    return {**resource, "meta": {**meta, "lastUpdated": "2026-11-26T12:00:00Z"}}


def _is_instant(text: str) -> bool:
    try:
        return bool(_INSTANT.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


@lru_cache(maxsize=20_000)
def _judge(text: str) -> str | None:
    resource = json.loads(text)
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate_json(text)
    except (ValidationError, KeyError, ValueError) as error:
        return f"{resource.get('resourceType')}/{resource.get('id')}: {error}"
    return None


def _types(resource: dict[str, Any]) -> set[str]:
    inside = [entry["resource"] for entry in resource.get("entry", []) if "resource" in entry]
    outcomes = [entry["response"]["outcome"] for entry in resource.get("entry", []) if "outcome" in _answer(entry)]
    return {_type(each) for each in (resource, *inside, *outcomes)}


def _answer(entry: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = entry.get("response", {})
    return found


def _type(resource: dict[str, Any]) -> str:
    kind = str(resource["resourceType"])
    return f"{kind} {resource.get('type')}" if kind == "Bundle" else kind
