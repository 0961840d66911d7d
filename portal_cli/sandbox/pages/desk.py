"""The browser in front of the account pages: its cookies, the secret its forms carry, and who is signed in."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import Forbidden

from portal_cli.sandbox.accounts.refusals import AccountRefusal, TooManyAttempts
from portal_cli.sandbox.accounts.sessions import csrf_of, is_csrf
from portal_cli.sandbox.pages.wording import NOTICES, problems_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal_cli.sandbox.accounts.account import Account
    from portal_cli.sandbox.accounts.refusals import FieldProblem
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.accounts.sessions import Session

PATH = "/account"
SESSION, FORM = "portal_session", "portal_form"
_OWN_SITES = frozenset({"", "same-origin", "none"})
_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


class Desk:
    """Asked by every page; all its state is in the request and in the service."""

    def __init__(self, service: AccountService) -> None:
        self._service = service

    def require_own_form(self) -> None:
        """Refuse a form that was sent by another site, or does not carry the secret of this browser.

        Raises:
            Forbidden: In these cases.
        """
        if request.method != "POST":
            return
        is_own = request.headers.get("Sec-Fetch-Site", "") in _OWN_SITES
        if not is_own or not is_csrf(self._secret(), request.form.get("csrf", "")):
            raise Forbidden("This form did not come from this page, or is out of date. Load the page again.")

    def session(self) -> Session | None:
        """Find the session of this browser."""
        cookie = request.cookies.get(SESSION, "")
        return self._service.sessions.find(cookie) if cookie else None

    def person(self) -> Account | None:
        """Find the account that is signed in here."""
        session = self.session()
        return self._service.directory.find(session.username) if session else None

    def signed_in(self) -> Account:
        """Give the account that is signed in; the pages that need one are not reached without.

        Raises:
            Forbidden: When nobody is.
        """
        person = self.person()
        if person is None:
            raise Forbidden("Sign in first.")
        return person

    def begin_session(self, username: str, endpoint: str, password_of: str) -> Response:
        """Sign this browser in under a new cookie, and lead it on.

        `password_of` is when the password that was given was set; one that was changed since opens nothing.
        """
        cookie = self._service.sessions.begin(username, browser_name(), request.cookies.get(SESSION, ""))
        if str(self._service.directory.of(username).password_changed) != password_of:
            self._service.sessions.end(cookie)
            return self.lead("account.sign_in", notice="ended")
        answer = self.lead(endpoint)
        set_cookie(answer, SESSION, cookie)
        answer.delete_cookie(FORM, path=PATH)
        return answer

    def end_session(self) -> Response:
        """Sign this browser out."""
        self._service.sessions.end(request.cookies.get(SESSION, ""))
        answer = self.lead("account.sign_in", notice="signed-out")
        answer.delete_cookie(SESSION, path=PATH)
        return answer

    def shown(
        self, template: str, problems: Iterable[FieldProblem] = (), status: int = HTTPStatus.OK, **facts: Any
    ) -> Response:
        """Show a page; with problems it is an error, and keeps what was typed except secrets."""
        found = list(problems)
        if found and status == HTTPStatus.OK:
            status = HTTPStatus.BAD_REQUEST
        facts.setdefault("values", request.form)
        facts.setdefault("person", self.person())
        facts.setdefault("csrf", self.csrf())
        notice = NOTICES.get(request.args.get("notice", ""), "") if request.method == "GET" else ""
        page = make_response(render_template(template, problems=found, notice=notice, **facts), status)
        made = g.get("portal_form")
        if made:
            set_cookie(page, FORM, made)
        return page

    def refused(self, template: str, error: AccountRefusal, **facts: Any) -> Response:
        """Show a page again with what was refused."""
        page = self.shown(template, problems_of(error), error.status, **facts)
        if isinstance(error, TooManyAttempts):
            page.headers["Retry-After"] = str(error.seconds)
        return page

    def csrf(self) -> str:
        """Give the secret that the forms of this browser carry."""
        return csrf_of(self._secret())

    def lead(self, endpoint: str, **values: Any) -> Response:
        """Lead the browser to another page, after a form was taken."""
        answer = make_response(redirect(url_for(endpoint, **values), HTTPStatus.SEE_OTHER))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _secret(self) -> str:
        """The cookie that this browser's forms are bound to: its session, else one made for the purpose."""
        kept = request.cookies.get(SESSION, "") or request.cookies.get(FORM, "")
        if kept:
            return kept
        if "portal_form" not in g:
            g.portal_form = secrets.token_urlsafe(32)
        return str(g.portal_form)


def set_cookie(answer: Response, name: str, value: str, path: str = PATH, seconds: int | None = None) -> None:
    """Give the browser a cookie that no script and no other site sees."""
    answer.set_cookie(name, value, path=path, max_age=seconds, httponly=True, samesite="Lax")


def browser_name() -> str:
    """Name this browser in words that its owner knows, such as `Chrome on Android`."""
    agent = request.headers.get("User-Agent", "")
    browser = next((one for one in _BROWSERS if one in agent), "A browser")
    system = next((one for one in _SYSTEMS if one in agent), "an unknown system")
    renamed = {"Edg": "Edge", "OPR": "Opera", "Macintosh": "macOS"}
    return f"{renamed.get(browser, browser)} on {renamed.get(system, system)}"
