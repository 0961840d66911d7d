"""A patient at a practice portal's pages: fills in the forms as they come, until the browser leaves for the app."""

from __future__ import annotations

import re
from html import unescape
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import SignIn

_MOST_PAGES = 10


class _Stop(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Patient:
    """Somebody with an account and a browser."""

    def __init__(self, account: SignIn, portal: str) -> None:
        self._account = account
        self._origin = urlsplit(portal).netloc
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()), _Stop)

    def walk(self, url: str, **typed: str) -> str:
        """Go through the portal's pages from an address on; gives the address outside of them, or the last page."""
        form: list[tuple[str, str]] | None = None
        for _ in range(_MOST_PAGES):
            body = urlencode(form).encode() if form else None
            status, location, page = self._open(url, body)
            if location:
                url, form = urljoin(url, location), None
                if urlsplit(url).netloc != self._origin:
                    return url
                continue
            assert status == 200, page
            action = re.search(r'<form method="post" action="([^"]+)"', page)
            if action is None:
                return page
            url, form = urljoin(url, unescape(action[1])), self._filled(page, typed)
        raise AssertionError("the portal's pages do not end")

    def open(self, url: str) -> None:
        """Go to an address outside of the portal's pages, such as an app's."""
        self._open(url, None)

    def _open(self, url: str, body: bytes | None) -> tuple[int, str, str]:
        try:
            with self._opener.open(Request(url, body), timeout=20) as answer:
                return answer.status, "", answer.read().decode()
        except HTTPError as answer:
            with answer:
                return answer.code, answer.headers.get("Location", ""), answer.read().decode()

    def _filled(self, page: str, typed: dict[str, str]) -> list[tuple[str, str]]:
        fields = [
            (name, unescape(value)) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
        ]
        answers = {"username": self._account.username, "password": self._account.password, **typed}
        fields += [(name, value) for name, value in answers.items() if f'name="{name}"' in page]
        fields += [("group", value) for value in re.findall(r'name="group" value="(\w+)"', page)]
        return [*fields, ("decision", "allow")] if 'name="decision"' in page else fields
