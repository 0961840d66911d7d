"""FHIR R4 over HTTP: pages of a search, single reads, and conditional writes, with each resource's own bytes."""

from __future__ import annotations

import codecs
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlencode

import msgspec

from store.errors import BadAnswer, InsecureAddress, Rejected
from store.records.text import one_line
from store.remote import pauses
from store.remote.http import A, Answer, Arriving, Request, join, origin_of
from store.remote.json_body import json_object
from store.remote.salvage import salvage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from store.errors import RemoteError
    from store.remote.http import Http

_ACCEPT = {"Accept": "application/fhir+json, application/json;q=0.9"}
_VERSION = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")  # FHIR R4 §2.24.0.1; anything else must not get into a header
_MAX_ISSUES = 10
PAGE_SIZE = 100
NOT_MODIFIED, UNAUTHORIZED, NOT_BUILT = 304, 401, 501
GONE = frozenset({404, 410})
TRY_LATER = frozenset({408, 425, 429})


class TokenSource(Protocol):
    """Where requests get their bearer token from."""

    def current(self) -> str:
        """The access token to use now. Raises SignInNeeded."""

    def renew(self, stale: str) -> str:
        """An access token newer than `stale`. Raises SignInNeeded."""


class _Link(msgspec.Struct):
    relation: str | None = None
    url: str | None = None


_NOTHING = msgspec.Raw(b"")


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = _NOTHING


class _Bundle(msgspec.Struct):
    resourceType: str = ""  # noqa: N815 - FHIR's own name
    link: list[_Link] | None = None
    entry: list[_Entry] | None = None


_decode_bundle = msgspec.json.Decoder(_Bundle).decode
_decode_links = msgspec.json.Decoder(list[_Link]).decode


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: the resources as served, byte for byte, and where the next page is.

    `served` is the portal's own time of its answer (an HTTP date), or None. `problem` says why there is a next page
    that may not be asked for.
    """

    resources: tuple[bytes, ...]
    next_url: str | None
    served: str | None
    problem: RemoteError | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A portal's answer to a write: the reference of what exists now, and its bytes when they came along."""

    reference: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Current:
    """A record as its portal has it now, and its version, empty where the portal tells none."""

    body: bytes
    version: str


class Fhir:
    """A portal's FHIR R4 API under one base URL, on behalf of one patient."""

    def __init__(self, http: Http, base_url: str, tokens: TokenSource, name: str) -> None:
        self._http = http
        self._base = base_url
        self._tokens = tokens
        self.name = name

    def first_page(self, type_name: str, parameters: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
        """The address of the first page of a search; a parameter may occur more than once."""
        pairs = parameters.items() if hasattr(parameters, "items") else parameters
        return f"{self._base}/{type_name}?{urlencode([*pairs, ('_count', str(PAGE_SIZE))])}"

    def page(self, url: str) -> Page:
        """Fetch one page of a search. Raises Rejected, BadAnswer, SignInNeeded, Unreachable, InsecureAddress."""
        answer = self._authorized("GET", url)
        self._check(answer)
        try:
            resources, links = _split(answer.body.removeprefix(codecs.BOM_UTF8))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadAnswer(self._http.origin, "it is not a FHIR Bundle in JSON", answer.status) from error
        found = {link.relation: link.url for link in links}
        served = answer.headers.get("date")
        try:
            return Page(resources, self._next(url, found.get("next")), served)
        except (InsecureAddress, BadAnswer) as error:
            return Page(resources, None, served, error)

    def read(self, reference: str, version: str | None = None) -> bytes | None:
        """Read one resource by its reference `Type/id`; None when `version` is still the one there is.

        Raises Rejected (status 404 or 410 when it is gone), BadAnswer, SignInNeeded, Unreachable.
        """
        type_name, _, record_id = reference.partition("/")
        headers = {"If-None-Match": f'W/"{version}"'} if version and _VERSION.match(version) else {}
        answer = self._authorized("GET", self._address(type_name, record_id), headers)
        if answer.status == NOT_MODIFIED:
            return None
        self._check(answer)
        return answer.body

    def history(self, reference: str, most: int = PAGE_SIZE) -> Page:
        """The newest versions of one resource, as many as come with one page, the newest first. Raises as `page`."""
        type_name, _, record_id = reference.partition("/")
        return self.page(f"{self._address(type_name, record_id)}/_history?{urlencode({'_count': most})}")

    def current(self, reference: str) -> Current:
        """Read one resource with the version that an update has to name. Raises as `read`."""
        type_name, _, record_id = reference.partition("/")
        answer = self._authorized("GET", self._address(type_name, record_id))
        self._check(answer)
        meta = json_object(answer.body).get("meta")
        named = meta.get("versionId") if isinstance(meta, dict) else None
        found = named if isinstance(named, str) and _VERSION.match(named) else _tag(answer.headers.get("etag", ""))
        return Current(answer.body, found)

    def create(self, type_name: str, body: bytes, if_none_exist: str | None) -> Written:
        """Create a resource, once: with `if_none_exist` (`identifier=system|value`) a portal that knows it says so.

        Raises Rejected, BadAnswer, SignInNeeded, Unreachable.
        """
        headers = {"Content-Type": "application/fhir+json", "Prefer": "return=representation"}
        if if_none_exist:
            name, _, value = if_none_exist.partition("=")
            headers["If-None-Exist"] = f"{name}={quote(value, safe='')}"
        answer = self._authorized("POST", f"{self._base}/{type_name}", headers, body)
        self._check(answer)
        found = json_object(answer.body)
        if found.get("resourceType") == type_name and isinstance(found.get("id"), str):
            return Written(f"{type_name}/{found['id']}", answer.body)
        location = answer.headers.get("location") or answer.headers.get("content-location") or ""
        parts = location.split("/_history/")[0].rstrip("/").split("/")
        if len(parts) < 2 or parts[-2] != type_name:  # noqa: PLR2004 - type and id
            raise BadAnswer(self._http.origin, "it does not say where it put what was sent", answer.status)
        return Written(f"{type_name}/{parts[-1]}", None)

    def update(self, reference: str, body: bytes, version: str) -> Written:
        """Put a resource in the place of that version of it; an empty `version` is whichever there is.

        Raises Rejected (status 409 or 412 when it has another version now), BadAnswer, SignInNeeded, Unreachable.
        """
        return self._change("PUT", reference, body, version, "application/fhir+json")

    def patch(self, reference: str, operations: bytes, version: str) -> Written:
        """Apply a JSON Patch (RFC 6902) to that version of a resource. Raises as `update`, 422 for a failed test."""
        return self._change("PATCH", reference, operations, version, "application/json-patch+json")

    def _change(self, method: str, reference: str, body: bytes, version: str, content_type: str) -> Written:
        type_name, _, record_id = reference.partition("/")
        headers = {"Content-Type": content_type, "Prefer": "return=representation"}
        if _VERSION.match(version):
            headers["If-Match"] = f'W/"{version}"'
        answer = self._authorized(method, self._address(type_name, record_id), headers, body)
        self._check(answer)
        found = json_object(answer.body)
        if (found.get("resourceType"), found.get("id")) == (type_name, record_id):
            return Written(reference, answer.body)
        if answer.body.strip() and found.get("resourceType") != "OperationOutcome":
            raise BadAnswer(self._http.origin, "it does not say that it has stored what was sent", answer.status)
        return Written(reference, None)

    def _address(self, type_name: str, record_id: str) -> str:
        return f"{self._base}/{quote(type_name)}/{quote(record_id, safe='')}"

    def _authorized(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        request = Request(method, url, {**_ACCEPT, **(headers or {})}, body)
        return authorized(
            self._tokens, lambda token: self._http.send(replace(request, token=token), patient=method == "GET")
        )

    def metadata(self) -> bytes:
        """The CapabilityStatement as it is shown to this patient. Raises as `page`."""
        answer = self._authorized("GET", f"{self._base}/metadata")
        self._check(answer)
        return answer.body

    def _check(self, answer: Answer) -> None:
        if answer.is_ok:
            return
        wait = pauses.named(answer.headers, time.time())
        if answer.status >= 500 and answer.status != NOT_BUILT:  # noqa: PLR2004 - the class of server errors
            raise BadAnswer(self._http.origin, f"HTTP status {answer.status}", answer.status, wait=wait)
        if answer.status < 400:  # noqa: PLR2004 - a redirect or something stranger
            raise BadAnswer(self._http.origin, f"it points elsewhere (HTTP status {answer.status})", answer.status)
        raise Rejected(self.name, answer.status, issues(answer.body), wait=wait)

    def _next(self, url: str, found: str | None) -> str | None:
        if not found:
            return None
        address = join(url, found)
        if origin_of(address) != self._http.origin:
            raise InsecureAddress(address, "the portal's next page is on another server")
        if address == url:
            raise BadAnswer(self._http.origin, "its pages go round in a circle")
        return address


def authorized(tokens: TokenSource, ask: Callable[[str], A]) -> A:
    """Ask with the token of now, and once more with a new one when that is refused. Raises as `ask`, SignInNeeded."""
    token = tokens.current()
    answer = ask(token)
    if answer.status != UNAUTHORIZED:
        return answer
    if isinstance(answer, Arriving):
        answer.close()
    return ask(tokens.renew(token))


def _tag(header: str) -> str:
    """The version in an ETag (`W/"7"`), or nothing."""
    found = header.strip().removeprefix("W/").strip('"')
    return found if _VERSION.match(found) else ""


def _split(body: bytes) -> tuple[tuple[bytes, ...], list[_Link]]:
    """The resources of a Bundle and its links; one bad resource does not keep the others of its page back."""
    try:
        bundle = _decode_bundle(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        saved = salvage(body)
        if saved is None or not saved.resources:
            raise
        return saved.resources, _decode_links(saved.link)
    if bundle.resourceType != "Bundle":
        raise msgspec.DecodeError("no Bundle")
    found = (bytes(entry.resource) for entry in bundle.entry or ())
    return tuple(body for body in found if body not in {b"", b"null"}), bundle.link or []


def issues(body: bytes) -> tuple[str, ...]:
    """The reasons in an OperationOutcome, made safe; empty when the body is none."""
    found = json_object(body)
    listed = found.get("issue")
    words: list[str] = []
    for issue in listed[:_MAX_ISSUES] if isinstance(listed, list) else ():
        if not isinstance(issue, dict):
            continue
        details = issue.get("details")
        text = details.get("text") if isinstance(details, dict) else None
        chosen = text or issue.get("diagnostics") or issue.get("code")
        if isinstance(chosen, str):
            words.append(one_line(chosen)[:300])
    return tuple(words)
