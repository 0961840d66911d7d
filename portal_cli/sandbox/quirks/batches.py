"""Batches: each entry is answered as if it had come alone (FHIR R4 §3.1.0.11.1), and so in the vendor's manner."""

from __future__ import annotations

import base64
import io
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.wrappers import Response

from portal_cli.sandbox.lossless import NotJsonError, decode, encode
from portal_cli.sandbox.quirks.asked import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment

    from portal_cli.sandbox.lossless import Json

_JSON = "application/fhir+json; charset=utf-8"
_INSIDE = "portal.inside_batch"
_CONDITIONS = {
    "ifMatch": "HTTP_IF_MATCH",
    "ifNoneMatch": "HTTP_IF_NONE_MATCH",
    "ifModifiedSince": "HTTP_IF_MODIFIED_SINCE",
    "ifNoneExist": "HTTP_IF_NONE_EXIST",
}


def entries_of(asked: Asked) -> list[Json] | None:
    """Read the entries of a batch; None when the Bundle is not well formed, which the portal behind puts in words."""
    try:
        entries = decode(asked.body()).get("entry", [])
    except NotJsonError:
        return None
    is_whole = isinstance(entries, list) and all(isinstance(entry, dict) and _is_request(entry) for entry in entries)
    return entries if is_whole else None


def is_nested(asked: Asked) -> bool:
    """Say whether a Bundle of requests is itself an entry of one."""
    return _INSIDE in asked.environ and asked.interaction in {"batch", "transaction"}


def answer(asked: Asked, entries: list[Json], base_url: str, alone: Callable[[Asked], Response]) -> Response:
    """Answer each entry by `alone`, in order, and give a batch-response."""
    answers = [_entry(alone(Asked(_environ(asked, entry, base_url)))) for entry in entries]
    bundle: Json = {"resourceType": "Bundle", "type": "batch-response"}
    if answers:
        bundle["entry"] = answers
    return Response(encode(bundle), content_type=_JSON)


def _is_request(entry: Json) -> bool:
    request = entry.get("request")
    return isinstance(request, dict) and all(isinstance(request.get(name), str) for name in ("method", "url"))


def _environ(asked: Asked, entry: Json, base_url: str) -> WSGIEnvironment:
    request = entry["request"]
    path, _, query = request["url"].removeprefix(base_url).strip("/").partition("?")
    body, kind = _content(entry, request["method"])
    environ = {name: value for name, value in asked.environ.items() if name not in _CONDITIONS.values()}
    # What an earlier look at the batch has left behind is not for its entries.
    environ = {name: value for name, value in environ.items() if not name.startswith(("werkzeug.", "flask."))}
    for name, header in _CONDITIONS.items():
        if isinstance(request.get(name), str):
            environ[header] = request[name]
    return {
        **environ,
        _INSIDE: True,
        "REQUEST_METHOD": request["method"],
        "PATH_INFO": f"/fhir/{path}".encode().decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def _content(entry: Json, method: str) -> tuple[bytes, str]:
    """Give the body of an entry and its type: a patch comes wrapped in a Binary (FHIR R4 §3.1.0.6.1)."""
    resource: Any = entry.get("resource")
    if resource is None:
        return b"", _JSON
    if method == "PATCH" and isinstance(resource, dict) and resource.get("resourceType") == "Binary":
        try:
            return base64.b64decode(str(resource.get("data", ""))), str(resource.get("contentType", ""))
        except ValueError:
            return b"", str(resource.get("contentType", ""))
    return encode(resource), _JSON


def _entry(given: Response) -> Json:
    status = HTTPStatus(given.status_code)
    response: Json = {"status": f"{status.value} {status.phrase}"}
    for header, name in (("ETag", "etag"), ("Location", "location")):
        if header in given.headers:
            response[name] = given.headers[header]
    body = given.get_data()
    if not body or not given.is_json:
        return {"response": response}
    if status >= HTTPStatus.BAD_REQUEST:
        return {"response": {**response, "outcome": msgspec.Raw(body)}}
    return {"resource": msgspec.Raw(body), "response": response}
