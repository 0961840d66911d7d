"""Faults that are answers: given in the portal's stead, or after it has done what was asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from portal_cli.sandbox.faults.kinds import Place, kinds_of
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.outcomes import operation_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from portal_cli.sandbox.faults.faults import Faults
    from portal_cli.sandbox.oauth.tokens import Tokens

_JSON = "application/fhir+json; charset=utf-8"
_SIGN_IN = "<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>\n"
_CLOSED = "<!doctype html><title>Maintenance</title><p>The portal is closed for maintenance.</p>\n"
_GARBAGE = b'{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"id":'
_STATUS = {"429": 429, "429-date": 429, "429-silent": 429, "500": 500, "502": 502, "503": 503, "504": 504}
_AFTER = frozenset({"502", "504", "wrong-type"})
_KINDS = kinds_of(Place.FRONT)


class Front:
    """A WSGI application before the portal's."""

    def __init__(
        self, faults: Faults, tokens: Tokens, app: WSGIApplication, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._faults = faults
        self._tokens = tokens
        self._app = app
        self._sleep = sleep

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, well or badly."""
        request = Request(environ)
        seconds = self._faults.pause(request.path)
        if seconds:
            self._sleep(seconds)
        kind = None
        if self._faults.may_occur(Place.FRONT):
            kind = self._faults.draw(self._possible(request), request.method, request.path)
        if kind is None:
            return self._app(environ, start_response)
        if kind == "expired":
            self._expire(request)
            return self._app(environ, start_response)
        done = Response.from_app(self._app, environ, buffered=True) if kind in _AFTER else Response()
        return self._answer(kind, done)(environ, start_response)

    def _possible(self, request: Request) -> tuple[str, ...]:
        has_token = self._tokens.find(_bearer(request)) is not None
        return _KINDS if has_token else tuple(kind for kind in _KINDS if kind != "expired")

    def _expire(self, request: Request) -> None:
        """End a token before its time; the portal behind finds out by itself."""
        token = self._tokens.find(_bearer(request))
        if token:
            token.expires = token.issued

    def _answer(self, kind: str, done: Response) -> Response:
        match kind:
            case "html":
                return Response(_SIGN_IN, mimetype="text/html")
            case "maintenance":
                return Response(_CLOSED, 503, {"Retry-After": str(self._faults.retry_after)}, mimetype="text/html")
            case "garbage":
                return Response(_GARBAGE, content_type=_JSON)
            case "wrong-type":
                done.content_type = "text/plain"
                return done
            case _:
                return self._refusal(kind)

    def _refusal(self, kind: str) -> Response:
        status = _STATUS[kind]
        outcome = operation_outcome("throttled" if kind.startswith("429") else "transient", "a fault was asked for")
        answer = Response(encode(outcome), status, content_type=_JSON)
        if kind == "429":
            answer.headers["Retry-After"] = str(self._faults.retry_after)
        elif kind == "429-date":
            answer.headers["Retry-After"] = http_date(time.time() + self._faults.retry_after)
        return answer


def _bearer(request: Request) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2].strip()
