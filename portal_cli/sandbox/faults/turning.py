"""Faults of paging: pages that come twice, in another order, never, or for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from portal_cli.sandbox.faults.kinds import Place, kinds_of
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.outcomes import operation_outcome
from portal_cli.sandbox.quirks.asked import Asked
from portal_cli.sandbox.searchset import read_searchset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from portal_cli.sandbox.faults.faults import Faults
    from portal_cli.sandbox.portal import Portal
    from portal_cli.sandbox.searchset import Searchset

_JSON = "application/fhir+json; charset=utf-8"
_OK = 200
_KINDS = frozenset(kinds_of(Place.TURNING))
_MARK = "_fault"  # says in an address what page it leads to: `again`, `endless-N`, `back-N`
_BETWEEN = "~"  # stands between such a mark and the name of a search


class Turning:
    """A WSGI application right before the portal's, where next pages still have the portal's own addresses."""

    def __init__(self, faults: Faults, portal: Portal, app: WSGIApplication) -> None:
        self._faults = faults
        self._portal = portal
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, with the right page or another."""
        query = environ.get("QUERY_STRING", "")
        is_marked = _MARK in query or "%7E" in query or _BETWEEN in query
        if not is_marked and not self._faults.may_occur(Place.TURNING):
            return self._app(environ, start_response)
        asked = Asked(environ)
        if not asked.is_search:
            return self._app(environ, start_response)
        return self._turned(asked)(environ, start_response)

    def _turned(self, asked: Asked) -> Response:
        mark = _take_mark(asked)
        cursor = dict(asked.pairs).get("_page", "")
        if cursor and self._faults.draw({"missing"}, asked.method, asked.request.path):
            status = self._faults.choice((404, 410))
            return Response(encode(operation_outcome("not-found", "there is no such page")), status, content_type=_JSON)
        asked.settle()
        answer = Response.from_app(self._app, asked.environ, buffered=True)
        page = read_searchset(answer.get_data()) if answer.status_code == _OK else None
        if page is None:
            return answer
        self._spoil(page, asked, mark)
        answer.set_data(page.encode())
        return answer

    def _spoil(self, page: Searchset, asked: Asked, mark: str) -> None:
        name, _, number = mark.partition("-")
        if name == "endless":
            page.next_url = self._here(asked, f"endless-{int(number) + 1}")
        elif name == "back":
            page.next_url = self._before(asked, int(number))
        elif name == "":
            kind = self._faults.draw(_possible(page, asked), asked.method, asked.request.path)
            self._begin(kind, page, asked)

    def _begin(self, kind: str | None, page: Searchset, asked: Asked) -> None:
        match kind:
            case "duplicate":
                page.entries = [entry for entry in page.entries for _ in range(2)]
            case "duplicate-page":
                page.next_url = self._here(asked, "again")
            case "self":
                page.next_url = self._here(asked, "")
            case "endless":
                page.next_url = self._here(asked, "endless-1")
            case "reordered":
                search, offset = _cursor(page.next_url or "")
                last = (page.total - 1) // offset * offset
                page.next_url = self._address(asked, [("_page", f"back-{offset}{_BETWEEN}{search}.{last}")])

    def _here(self, asked: Asked, mark: str) -> str:
        """Give the address of this very page, with a mark."""
        cursor = dict(asked.pairs).get("_page")
        if cursor is None:
            marked = [*asked.pairs, *([(_MARK, mark)] if mark else [])]
            return self._address(asked, marked)
        return self._address(asked, [("_page", f"{mark}{_BETWEEN}{cursor}" if mark else cursor)])

    def _before(self, asked: Asked, size: int) -> str | None:
        """Give the address of the page before this one; the first comes first in any case."""
        search, _, offset = dict(asked.pairs).get("_page", "").rpartition(".")
        earlier = int(offset) - size
        if earlier < size:
            return None
        return self._address(asked, [("_page", f"back-{size}{_BETWEEN}{search}.{earlier}")])

    def _address(self, asked: Asked, pairs: list[tuple[str, str]]) -> str:
        return f"{self._portal.base_url}/{asked.address.removesuffix('/_search')}?{urlencode(pairs)}"


def _take_mark(asked: Asked) -> str:
    """Take a mark out of an address; gives it, or an empty text."""
    mark = ""
    kept = []
    for name, value in asked.pairs:
        if name == _MARK:
            mark = value
        elif name == "_page" and _BETWEEN in value:
            mark, _, cursor = value.rpartition(_BETWEEN)
            kept.append((name, cursor))
        else:
            kept.append((name, value))
    asked.pairs = kept
    name, _, number = mark.partition("-")
    return mark if name == "again" or (name in {"endless", "back"} and number.isdecimal()) else ""


def _possible(page: Searchset, asked: Asked) -> frozenset[str]:
    """Name the faults that make sense on a page."""
    impossible = {"missing"}
    if not page.entries:
        impossible |= {"duplicate", "self", "endless"}
    if page.next_url is None:
        impossible |= {"duplicate-page", "reordered"}
    elif "_page" in dict(asked.pairs) or page.total <= 2 * _cursor(page.next_url)[1]:
        impossible.add("reordered")
    return _KINDS - impossible


def _cursor(address: str) -> tuple[str, int]:
    """Read the search and the offset from the portal's own address of a page."""
    search, _, offset = address.partition("_page=")[2].rpartition(".")
    return search, int(offset)
