"""A request as a mode looks at it: which interaction on which type, and with which search parameters."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from werkzeug.wrappers import Request

from portal_cli.sandbox.lossless import NotJsonError, decode

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    Pairs = list[tuple[str, str]]

_BASE = "/fhir"
_BY_METHOD = {"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Asked:
    """One request. What is changed here is changed for the portal behind, once `settle` was called."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ = environ
        self.request = Request(environ)
        self.method = self.request.method
        path = self.request.path
        self.is_fhir = path == _BASE or path.startswith(f"{_BASE}/")
        self.address = path.removeprefix(_BASE).strip("/") if self.is_fhir else ""
        self._address = self.address
        self.pairs: Pairs = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if self.is_form:
            self.pairs += parse_qsl(self.body().decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def segments(self) -> list[str]:
        """The parts of the path below the base."""
        return self.address.split("/") if self.address else []

    @property
    def kind(self) -> str:
        """The resource type that is asked for; empty for the system as a whole."""
        first = self.segments[0] if self.segments else ""
        return "" if first.startswith(("_", "$", ".")) or first == "metadata" else first

    @property
    def operation(self) -> str:
        """The name of the operation that is called, without `$`; empty for none."""
        last = self.segments[-1] if self.segments else ""
        return last.removeprefix("$") if last.startswith("$") else ""

    @property
    def is_form(self) -> bool:
        """Say whether it is a search by form."""
        return self.method == "POST" and self.segments[1:] == ["_search"]

    @property
    def is_search(self) -> bool:
        """Say whether it is a search of a type, or a page of one."""
        return self.is_form or (self.method in {"GET", "HEAD"} and len(self.segments) == 1 and bool(self.kind))

    @property
    def interaction(self) -> str:
        """Name the interaction (http://hl7.org/fhir/restful-interaction); empty for operations and documents."""
        segments = self.segments
        if self.operation or (segments and not self.kind and segments[0] != "_history"):
            return ""
        if not segments:
            return self._of_system()
        if "_history" in segments:
            return self._of_history()
        if self.is_search:
            return "search-type"
        if len(segments) == 1 and self.method == "POST":
            return "create"
        return _BY_METHOD.get(self.method, "")

    def body(self) -> bytes:
        """Give the body, which stays there for the portal behind."""
        content = self.request.get_data()
        self.environ["wsgi.input"] = io.BytesIO(content)
        return content

    def drop(self, *headers: str) -> None:
        """Take request headers away."""
        for name in headers:
            self.environ.pop(f"HTTP_{name.upper().replace('-', '_')}", None)

    def settle(self) -> None:
        """Write address and parameters back, for the portal behind."""
        if self.address != self._address:
            self.environ["PATH_INFO"] = f"{_BASE}/{self.address}".encode().decode("latin-1")
        self.environ["QUERY_STRING"] = urlencode(self.pairs)
        if self.is_form:
            self.environ["wsgi.input"] = io.BytesIO()
            self.environ["CONTENT_LENGTH"] = "0"

    def _of_system(self) -> str:
        if self.method != "POST":
            return "search-system"
        try:
            bundle = decode(self.body())
        except NotJsonError:
            return "transaction"
        return "batch" if isinstance(bundle, dict) and bundle.get("type") == "batch" else "transaction"

    def _of_history(self) -> str:
        match len(self.segments):
            case 1:
                return "history-system"
            case 2:
                return "history-type"
            case 3:
                return "history-instance"
            case _:
                return "vread"
