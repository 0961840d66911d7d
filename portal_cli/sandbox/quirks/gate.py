"""What stands in front of the portal and makes it keep to a vendor's manner (WSGI, PEP 3333)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from werkzeug.wrappers import Response

from portal_cli.sandbox.access import Access
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.query import MAX_COUNT
from portal_cli.sandbox.quirks import batches, documents, pages, refusals, results
from portal_cli.sandbox.quirks.asked import Asked
from portal_cli.sandbox.quirks.mode import Words
from portal_cli.sandbox.searchset import read_searchset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from portal_cli.sandbox.portal import Portal
    from portal_cli.sandbox.quirks.mode import Mode

_CONTROLS = frozenset({"_count", "_sort", "_include", "_revinclude", "_format", "_pretty", "_total", "_elements"})
_NEVER_UNKNOWN = _CONTROLS | {"_summary", "_page"}
_CONFLICT = b'"code":"conflict"'  # of versions; a condition that several resources meet is another matter
_OK, _CREATED, _NOT_ACCEPTABLE, _GONE, _STALE = 200, 201, 406, 410, 412


class Gate:
    """The portal in the manner of a mode. `requests_per_minute` may be changed while it runs; None is any number."""

    def __init__(self, mode: Mode, portal: Portal, app: WSGIApplication) -> None:
        self.mode = mode
        self.requests_per_minute = mode.requests_per_minute
        self._portal = portal
        self._app = app
        self._lock = threading.Lock()
        self._minute = 0
        self._asked_in_minute = 0
        portal.clients.is_open = mode.signing.renewal == "assertion"
        portal.reading.further = mode.searching.further

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._answer(Asked(environ))(environ, start_response)

    def _answer(self, asked: Asked) -> Response:
        if self._is_too_often():
            return refusals.refused(Words(429, "throttled"), "too many requests in this minute")
        if not asked.is_fhir:
            return self._sign_in(asked)
        if asked.address == "metadata":
            return self._declared(asked)
        if asked.address == ".well-known/smart-configuration":
            return self._document(asked, documents.configured)
        return self._fhir(asked)

    def _is_too_often(self) -> bool:
        """Count a request; past the limit nothing is answered until the clock's next minute."""
        if self.requests_per_minute is None:
            return False
        minute = int(self._portal.clock.now().timestamp() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._asked_in_minute = minute, 0
            self._asked_in_minute += 1
            return self._asked_in_minute > self.requests_per_minute

    def _behind(self, asked: Asked) -> Response:
        return Response.from_app(self._app, asked.environ, buffered=True)

    def _document(self, asked: Asked, change: Callable[[Mode, bytes], bytes]) -> Response:
        answer = self._behind(asked)
        if answer.status_code == _OK:
            answer.set_data(change(self.mode, answer.get_data()))
        return answer

    def _declared(self, asked: Asked) -> Response:
        """The statement; who names an app is told where that registers itself, if it can."""
        answer = self._document(asked, documents.declared)
        if self._portal.clients.is_open and asked.request.headers.get("Epic-Client-ID"):
            answer.set_data(documents.with_registration(self._portal.base_url, answer.get_data()))
        return answer

    def _sign_in(self, asked: Asked) -> Response:
        path, signing = asked.request.path, self.mode.signing
        if path == "/auth/authorize" and signing.redirect_uris:
            wanted = self._form(asked).get("redirect_uri", dict(asked.pairs).get("redirect_uri", ""))
            if wanted not in signing.redirect_uris:
                return Response("The redirect address is not registered for this app.\n", 400, mimetype="text/plain")
        if path == "/auth/token":
            if self._form(asked).get("grant_type") == "refresh_token" and signing.renewal != "refresh_token":
                return Response(encode({"error": "unsupported_grant_type"}), 400, mimetype="application/json")
            return self._document(asked, documents.token_answer)
        return self._behind(asked)

    def _form(self, asked: Asked) -> dict[str, str]:
        if asked.method != "POST":
            return {}
        return {name: values[0] for name, values in parse_qs(asked.body().decode("utf-8", "replace")).items()}

    def _fhir(self, asked: Asked) -> Response:
        is_page = pages.unstyle(self.mode.searching.page_style, asked)
        access = self._access(asked)
        if access is None:  # the portal itself says that a sign-in is needed
            return self._behind(asked)
        parameters = self._portal.reading.parameters(asked.kind)
        checks = (refusals.not_offered, refusals.unmatched, refusals.too_many)
        refusal = next((found for check in checks if (found := check(self.mode, asked))), None)
        if asked.is_search and not is_page and not refusal:
            refusal = refusals.bad_search(self.mode, asked, parameters)
        if refusal:
            return refusal
        if batches.is_nested(asked):
            return refusals.refused(Words(400, "invalid"), "a batch cannot be an entry of a batch")
        entries = batches.entries_of(asked) if asked.interaction == "batch" else None
        if entries is not None:
            return batches.answer(asked, entries, self._portal.base_url, self._fhir)
        count = self._count(asked)
        unknown = [] if is_page or not asked.is_search else self._forget_unknown(asked, frozenset(parameters))
        self._forget_conditions(asked)
        asked.settle()
        answer = self._behind(asked)
        if answer.status_code == _OK and answer.is_json:
            self._dress_results(asked, answer, access, (count, unknown, is_page))
        return self._dressed(answer, is_page=is_page)

    def _access(self, asked: Asked) -> Access | None:
        scheme, _, text = asked.request.headers.get("Authorization", "").partition(" ")
        token = self._portal.tokens.find(text.strip()) if scheme.lower() == "bearer" else None
        return Access(token.grant.patient, token.scope) if token and token.kind == "access" else None

    def _count(self, asked: Asked) -> int:
        """Settle how many results are on a page."""
        given = dict(asked.pairs)
        size = self.mode.searching.page_size
        if asked.is_search and self.mode.searching.whole_by_id and "_id" in given:
            asked.pairs = [pair for pair in asked.pairs if pair[0] != "_count"]
        elif asked.is_search and size is not None and "_count" not in given and "_page" not in given:
            asked.pairs.append(("_count", str(size)))
        text = dict(asked.pairs).get("_count", "")
        is_number = text.isascii() and text.isdigit()
        return min(int(text), MAX_COUNT) or 1 if is_number else self._portal.reading.page_size

    def _forget_unknown(self, asked: Asked, parameters: frozenset[str]) -> list[str]:
        """Take out what the vendor does not know; gives the names of what it would warn of."""
        kept, unknown = [], []
        for name, value in asked.pairs:
            base = name.partition(":")[0].partition(".")[0]
            is_known = base in _NEVER_UNKNOWN or (base in parameters and self.mode.knows(asked.kind, base))
            if not is_known:
                unknown.append(name)
            if is_known or base not in parameters:  # what the portal does not know either, it ignores itself
                kept.append((name, value))
        asked.pairs = kept
        return unknown

    def _forget_conditions(self, asked: Asked) -> None:
        """Take out the conditions that the vendor does not look at."""
        writes = self.mode.writes
        if not writes.conditional_read:
            asked.drop("If-None-Match", "If-Modified-Since")
        if not writes.has_tags or asked.method in writes.unguarded:
            asked.drop("If-Match")
        condition = asked.request.headers.get("If-None-Exist", "")
        if writes.conditional_create == "no" or (writes.conditional_create == "query" and "?" in condition):
            asked.drop("If-None-Exist")

    def _dress_results(
        self, asked: Asked, answer: Response, access: Access, about: tuple[int, list[str], bool]
    ) -> None:
        page = read_searchset(answer.get_data())
        if page is None:
            return
        count, unknown, is_page = about
        searching = self.mode.searching
        if searching.repeats_changed and is_page and page.next_url is None and page.is_search:
            results.repeat_changed(page, self._portal, access, asked)
        if searching.warnings and asked.is_search and not is_page:
            results.add_warnings(searching.warnings, page, asked.kind, unknown)
        results.restyle(self.mode, page, self._portal, count)
        answer.set_data(page.encode())

    def _dressed(self, answer: Response, *, is_page: bool) -> Response:
        writes, status = self.mode.writes, answer.status_code
        if status == _GONE and is_page:
            return refusals.refused(self.mode.searching.ended, "this page is no longer kept: start the search again")
        if status == _STALE and _CONFLICT in answer.get_data():
            answer.status_code = writes.stale
        if status == _NOT_ACCEPTABLE and self.mode.empty_not_acceptable:
            answer.set_data(b"")
        if not writes.has_tags:
            answer.headers.pop("ETag", None)
            answer.headers.pop("Last-Modified", None)
        if status == _CREATED and not writes.answers_create:
            answer.set_data(b"")
            answer.headers.pop("Content-Type", None)
            answer.headers["Location"] = answer.headers["Location"].partition("/_history/")[0]
        return answer
