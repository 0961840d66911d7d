"""The FHIR addresses under /fhir: from HTTP to the record and back (FHIR R4 §3.1.0)."""

from __future__ import annotations

import base64
import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from portal_cli.sandbox import capability, json_patch
from portal_cli.sandbox.access import unauthorized
from portal_cli.sandbox.conditions import is_unchanged
from portal_cli.sandbox.everything import read_parameters
from portal_cli.sandbox.kinds import is_known
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.outcomes import FhirError, operation_outcome

if TYPE_CHECKING:
    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.portal import Portal
    from portal_cli.sandbox.versions import Version

_JSON = "application/fhir+json; charset=utf-8"
_MEDIA_TYPE = re.compile(r"^[\w.+\-]+/[\w.+\-]+(?:; ?[\w\-]+=[\w\-]+)?$", re.ASCII)
_CODES = {405: "not-supported", 413: "too-long", 404: "not-found", 500: "exception"}


def fhir_routes(portal: Portal) -> Blueprint:
    """Build the FHIR API of a portal."""
    faces = Faces(portal)
    routes = Blueprint("fhir", __name__)
    routes.add_url_rule("/.well-known/smart-configuration", "smart", faces.smart_configuration)
    routes.add_url_rule("/.well-known/openid-configuration", "openid", faces.openid_configuration)
    routes.add_url_rule("/metadata", "metadata", faces.metadata)
    routes.add_url_rule("/", "bundle", faces.bundle, methods=["POST"], strict_slashes=False)
    routes.add_url_rule("/_history", "history_system", faces.history)
    routes.add_url_rule("/<kind>/_history", "history_type", faces.history)
    routes.add_url_rule("/Patient/<key>/$everything", "everything", faces.everything, methods=["GET", "POST"])
    routes.add_url_rule("/<kind>", "search", faces.search, methods=["GET"])
    routes.add_url_rule("/<kind>", "create", faces.create, methods=["POST"])
    routes.add_url_rule("/<kind>/_search", "search_form", faces.search, methods=["POST"])
    routes.add_url_rule("/<kind>/<key>", "read", faces.read, methods=["GET"])
    routes.add_url_rule("/<kind>/<key>", "update", faces.update, methods=["PUT"])
    routes.add_url_rule("/<kind>/<key>", "patch", faces.patch, methods=["PATCH"])
    routes.add_url_rule("/<kind>/<key>", "delete", faces.delete, methods=["DELETE"])
    routes.add_url_rule("/<kind>/<key>/_history", "history", faces.history)
    routes.add_url_rule("/<kind>/<key>/_history/<number>", "vread", faces.vread)
    routes.before_request(_require_json)
    routes.register_error_handler(FhirError, refusal)
    routes.register_error_handler(HTTPException, http_refusal)
    return routes


class Faces:
    """The handlers: each finds out who asks, calls one service, and dresses the answer."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def smart_configuration(self) -> Response:
        """Tell apps where to sign in."""
        portal = self._portal
        pages = portal.account_service.addresses.pages() if portal.has_account_api else None
        document = capability.smart_configuration(portal.base_url, pages)
        return Response(encode(document), mimetype="application/json")

    def openid_configuration(self) -> Response:
        """Tell apps how identity tokens are signed, and by whom."""
        document = capability.openid_configuration(self._portal.base_url)
        return Response(encode(document), mimetype="application/json")

    def metadata(self) -> Response:
        """Tell apps what the portal can do."""
        portal = self._portal
        stored = portal.repository.kinds()
        return _document(capability.capability_statement(portal.base_url, portal.started, stored, portal.reading))

    def search(self, kind: str) -> Response:
        """Search by address or by form."""
        access = self._access(kind)
        pairs = _pairs()
        if request.method == "POST":
            pairs += parse_qsl(request.get_data().decode("utf-8", "replace"), keep_blank_values=True)
        cursor = next((value for name, value in pairs if name == "_page"), None)
        if cursor is not None:
            return _document(self._portal.reading.page(access, kind, cursor))
        return _document(self._portal.reading.search(access, kind, pairs, is_strict=_prefers("handling=strict")))

    def read(self, kind: str, key: str) -> Response:
        """Read one resource, or say that it has not changed (FHIR R4 §3.1.0.1.3)."""
        return self._shown(self._portal.reading.read(self._access(kind), kind, key))

    def vread(self, kind: str, key: str, number: str) -> Response:
        """Read one version."""
        return self._shown(self._portal.reading.vread(self._access(kind), kind, key, number))

    def history(self, kind: str = "", key: str = "") -> Response:
        """Read all versions: of a resource, of a type, or of everything."""
        access, histories = self._access(kind), self._portal.reading.histories
        if key:
            return _document(histories.of_resource(access, kind, key, _pairs()))
        if kind:
            return _document(histories.of_type(access, kind, _pairs()))
        return _document(histories.of_everything(access, _pairs()))

    def everything(self, key: str) -> Response:
        """Read the whole record of a patient."""
        access, pairs = self._access("Patient"), _pairs()
        if request.method == "POST":
            pairs += read_parameters(request.get_data())
        return _document(self._portal.reading.everything.answer(access, key, pairs))

    def bundle(self) -> Response:
        """Carry out a transaction or a batch."""
        wish = next((one for one in ("minimal", "operationoutcome") if _prefers(f"return={one}")), "representation")
        return _document(self._portal.transactions.answer(self._access(""), request.get_data(), wish))

    def patch(self, kind: str, key: str) -> Response:
        """Change a resource by a JSON Patch."""
        access = self._access(kind)
        if request.mimetype != "application/json-patch+json":
            raise FhirError(415, "not-supported", "a patch here is application/json-patch+json")
        operations = json_patch.read(request.get_data())
        version = self._portal.writing.patch(access, f"{kind}/{key}", operations, request.headers.get("If-Match", ""))
        return self._written(version, HTTPStatus.OK)

    def create(self, kind: str) -> Response:
        """Create, or find what was created before."""
        access = self._access(kind)
        condition = request.headers.get("If-None-Exist", "")
        version, is_new = self._portal.writing.create(access, kind, request.get_data(), condition)
        return self._written(version, HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    def update(self, kind: str, key: str) -> Response:
        """Update a resource that exists."""
        access = self._access(kind)
        if_match = request.headers.get("If-Match", "")
        version = self._portal.writing.update(access, kind, key, request.get_data(), if_match)
        return self._written(version, HTTPStatus.OK)

    def delete(self, kind: str, key: str) -> Response:
        """Delete a resource."""
        self._portal.writing.delete(self._access(kind), kind, key, request.headers.get("If-Match", ""))
        return Response(status=HTTPStatus.NO_CONTENT)

    def _access(self, kind: str) -> Access:
        """Find out who asks, then whether the type exists at all."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise unauthorized("sign in first: a bearer token is required")
        token = self._portal.tokens.find(text.strip())
        if token is None or token.kind != "access":
            raise unauthorized("the token is unknown, expired or revoked", "invalid_token")
        if kind and not is_known(kind) and kind not in self._portal.repository.kinds():
            raise FhirError(404, "not-supported", f"there is no resource type {kind!r}")
        access = self._portal.access(token)
        if access is None:
            raise unauthorized("the right to act for this patient has ended", "invalid_token")
        self._portal.tokens.note_use(token.grant)
        return access

    def _shown(self, version: Version) -> Response:
        if version.kind == "Binary" and not _wants_fhir():
            answer = _raw_binary(version)
        else:
            answer = Response(version.body, content_type=_JSON)
        self._mark(answer, version)
        answer.vary.add("Accept")
        if is_unchanged(version, request.headers.get("If-None-Match", ""), request.if_modified_since):
            answer.set_data(b"")
            answer.status_code = HTTPStatus.NOT_MODIFIED
        return answer

    def _written(self, version: Version, status: int) -> Response:
        if _prefers("return=minimal"):
            answer = Response(status=status)
        elif _prefers("return=operationoutcome"):
            answer = _document(operation_outcome("informational", f"stored {version.name}", "information"), status)
        else:
            answer = Response(version.body, status, content_type=_JSON)
        self._mark(answer, version)
        answer.headers["Location"] = f"{self._portal.base_url}/{version.name}/_history/{version.number}"
        return answer

    def _mark(self, answer: Response, version: Version) -> None:
        answer.headers["ETag"] = version.etag
        answer.headers["Last-Modified"] = http_date(version.updated)


def refusal(error: FhirError) -> Response:
    """Turn a refusal into its OperationOutcome."""
    answer = _document(error.outcome(), error.status)
    answer.headers.update(error.headers)
    return answer


def http_refusal(error: HTTPException) -> Response:
    """Turn an HTTP error of the framework into an OperationOutcome."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    code = _CODES.get(status, "processing")
    return _document(operation_outcome(code, error.description or "the request failed"), status)


def _document(document: Json, status: int = HTTPStatus.OK) -> Response:
    return Response(encode(document), status, content_type=_JSON)


def _raw_binary(version: Version) -> Response:
    """Serve the content of a Binary as itself (FHIR R4 §2.43.1), never to be shown by a browser."""
    resource = version.resource()
    try:
        content = base64.b64decode(str(resource.get("data", "")))
    except ValueError:
        content = b""
    kind = str(resource.get("contentType"))
    answer = Response(content, content_type=kind if _MEDIA_TYPE.match(kind) else "application/octet-stream")
    answer.headers["Content-Disposition"] = "attachment"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _pairs() -> list[tuple[str, str]]:
    return parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)


def _prefers(wish: str) -> bool:
    wishes = ",".join(request.headers.getlist("Prefer")).lower().replace(";", ",").split(",")
    return wish in {one.strip() for one in wishes}


def _require_json() -> None:
    """Refuse a request for XML or Turtle: this portal speaks JSON only (FHIR R4 §3.1.0.1.10)."""
    wanted = request.args.get("_format", "")
    if wanted and "json" not in wanted:
        raise FhirError(406, "not-supported", "this portal speaks JSON only")
    is_any_form = request.endpoint in {"fhir.smart", "fhir.openid"} or request.path.startswith("/fhir/Binary/")
    if not wanted and not is_any_form and not _accepts_json():
        raise FhirError(406, "not-supported", "this portal speaks JSON only")


def _accepts_json() -> bool:
    """Say whether the answer may be JSON; no wish at all is one for JSON."""
    if not request.accept_mimetypes:
        return True
    accepted = [kind for kind, quality in request.accept_mimetypes if quality > 0]
    return any("json" in kind or kind in {"*/*", "application/*"} for kind in accepted)


def _wants_fhir() -> bool:
    """Say whether a Binary is wanted as a FHIR resource rather than as itself (FHIR R4 §2.43.1)."""
    formats = request.accept_mimetypes
    return "json" in request.args.get("_format", "") or not formats or "json" in (formats.best or "")
