"""Bundles of requests, read: which requests they hold and what answers them (FHIR R4 §3.1.0.11.1)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from portal_cli.sandbox import json_patch
from portal_cli.sandbox.bodies import parse
from portal_cli.sandbox.instants import instant
from portal_cli.sandbox.lossless import is_object
from portal_cli.sandbox.outcomes import FhirError, bad_request

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.versions import Version

METHODS = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
MAX_ENTRIES = 10_000
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Entry:
    """One request of a Bundle; `path` is its address below the base, without the query.

    Attributes:
        place: Its position, from 0.
        content: The resource to write, or the list of operations of a PATCH.
        conditions: The header-like members: ifMatch, ifNoneMatch, ifNoneExist, ifModifiedSince.
    """

    place: int
    method: str
    path: tuple[str, ...]
    query: str
    full_url: str
    content: Any
    conditions: dict[str, str]

    @property
    def kind(self) -> str:
        """The resource type the address is of."""
        return self.path[0]

    @property
    def name(self) -> str:
        """`Type/id` of an address that has both."""
        return "/".join(self.path[:2])


def read_bundle(body: bytes, base_url: str) -> tuple[str, list[Entry | FhirError]]:
    """Read a transaction or batch: its type, and for each entry its request, or what is wrong with it.

    Raises:
        FhirError: 400 when it is no such Bundle.
    """
    bundle = parse("Bundle", body)
    kind = bundle.get("type")
    if kind not in {"transaction", "batch"}:
        raise bad_request("a Bundle that is sent here is a transaction or a batch", "value")
    rows = bundle.get("entry", [])
    if not isinstance(rows, list) or len(rows) > MAX_ENTRIES:
        raise bad_request(f"a Bundle has a list of at most {MAX_ENTRIES} entries", "structure")
    return str(kind), [_read(place, row, base_url) for place, row in enumerate(rows)]


def _read(place: int, row: object, base_url: str) -> Entry | FhirError:
    try:
        return _entry(place, row, base_url)
    except FhirError as error:
        return error


def _entry(place: int, row: object, base_url: str) -> Entry:
    request = row.get("request") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(request, dict):
        raise bad_request("the entry has no request", "required")
    method, url = request.get("method"), request.get("url")
    if method not in METHODS or not isinstance(url, str):
        raise bad_request(f"the request needs a url, and a method out of {', '.join(METHODS)}", "value")
    address = url.removeprefix(base_url).lstrip("/")
    path, _, query = address.partition("?")
    names = ("ifMatch", "ifNoneMatch", "ifNoneExist", "ifModifiedSince")
    conditions = {name: request[name] for name in names if isinstance(request.get(name), str)}
    full_url = row.get("fullUrl")
    return Entry(
        place,
        str(method),
        tuple(path.split("/")),
        query,
        full_url if isinstance(full_url, str) else "",
        _content(str(method), row.get("resource")) if method in _WITH_BODY else None,
        conditions,
    )


def _content(method: str, resource: object) -> Any:
    if not isinstance(resource, dict) or not is_object(resource):
        raise bad_request("the entry has no resource", "required")
    if method != "PATCH":
        return resource
    if resource["resourceType"] != "Binary" or not str(resource.get("contentType")).startswith(
        "application/json-patch+json"
    ):
        raise FhirError(415, "not-supported", "a patch in a Bundle is a Binary of type application/json-patch+json")
    try:
        return json_patch.read(base64.b64decode(str(resource.get("data")), validate=True))
    except binascii.Error as error:
        raise bad_request("the data of the patch is not base64", "structure") from error


def written(version: Version, status: HTTPStatus, base_url: str, wish: str) -> Json:
    """Answer a write with where and what it now is; `wish` is the Prefer header's `return`."""
    entry: Json = {"fullUrl": f"{base_url}/{version.name}"}
    if wish not in {"minimal", "operationoutcome"}:
        entry["resource"] = msgspec.Raw(version.body)
    location = f"{base_url}/{version.name}/_history/{version.number}"
    return {**entry, "response": {**_response(status), "location": location, **_marks(version)}}


def shown(version: Version, base_url: str, *, is_changed: bool, has_body: bool) -> Json:
    """Answer a read, with the resource unless it has not changed or only its marks were asked for."""
    response = {**_response(HTTPStatus.OK if is_changed else HTTPStatus.NOT_MODIFIED), **_marks(version)}
    if not is_changed or not has_body:
        return {"response": response}
    return {"fullUrl": f"{base_url}/{version.name}", "resource": msgspec.Raw(version.body), "response": response}


def found(document: Json, *, has_body: bool) -> Json:
    """Answer a search or another request whose answer is a document."""
    return {**({"resource": document} if has_body else {}), "response": _response(HTTPStatus.OK)}


def removed() -> Json:
    """Answer a deletion."""
    return {"response": _response(HTTPStatus.NO_CONTENT)}


def refused(error: FhirError) -> Json:
    """Answer a request of a batch that was refused."""
    return {"response": {**_response(HTTPStatus(error.status)), "outcome": error.outcome()}}


def _response(status: HTTPStatus) -> Json:
    return {"status": f"{status.value} {status.phrase}"}


def _marks(version: Version) -> Json:
    return {"etag": version.etag, "lastModified": instant(version.updated)}
