"""Help for those who forgot: a link to a new password, and the username by mail; nobody learns who has an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request, url_for

from portal_cli.sandbox.accounts.passwords import RULES
from portal_cli.sandbox.accounts.refusals import AccountRefusal, ExpiredCode, FieldProblem
from portal_cli.sandbox.pages.desk import set_cookie
from portal_cli.sandbox.pages.sign_up import CHECK
from portal_cli.sandbox.pages.wording import RESET_SENT, USERNAME_SENT

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.pages.desk import Desk

_COOKIE = "portal_reset"
_SECONDS = 1800


class Forgotten:
    """The handlers."""

    def __init__(self, desk: Desk, service: AccountService) -> None:
        self._desk = desk
        self._recovery = service.recovery

    def forgot(self) -> Response:
        """Take a username or an e-mail address, and mail a link to whoever it belongs to."""
        if request.method == "GET":
            return self._desk.shown("account/forgot.html")
        login = request.form.get("login", "").strip()
        if not login:
            return self._desk.shown("account/forgot.html", [FieldProblem("login", "This is required.")])
        self._recovery.forgot_password(login)
        return self._desk.lead("account.sent", what="link")

    def recover(self) -> Response:
        """Take an e-mail address and a date of birth, and mail the username."""
        if request.method == "GET":
            return self._desk.shown("account/recover.html")
        try:
            self._recovery.recover_username(request.form.get("email", ""), request.form.get("birth_date", ""))
        except AccountRefusal as error:
            return self._desk.refused("account/recover.html", error)
        return self._desk.lead("account.sent", what="username")

    def sent(self) -> Response:
        """Say that something may be on its way."""
        is_link = request.args.get("what") != "username"
        again = url_for("account.forgot" if is_link else "account.recover")
        return self._desk.shown("account/sent.html", sentence=RESET_SENT if is_link else USERNAME_SENT, again=again)

    def reset(self) -> Response:
        """Set a new password, by the link of a mail.

        The token moves from the address into a cookie first: an address is kept in histories and shown to others.
        """
        if request.method == "GET" and "token" in request.args:
            answer = self._desk.lead("account.reset")
            set_cookie(answer, _COOKIE, request.args["token"][:200], path=url_for("account.reset"), seconds=_SECONDS)
            return answer
        token = request.cookies.get(_COOKIE, "")
        facts: dict[str, Any] = {"rules": RULES, "check": CHECK, "has_link": self._recovery.is_open(token)}
        if request.method == "GET":
            return self._desk.shown("account/reset.html", status=200 if facts["has_link"] else 400, **facts)
        try:
            self._recovery.reset_password(token, request.form.get("password", ""))
        except ExpiredCode as error:
            return self._desk.shown("account/reset.html", status=error.status, **{**facts, "has_link": False})
        except AccountRefusal as error:
            return self._desk.refused("account/reset.html", error, **facts)
        answer = self._desk.lead("account.sign_in", notice="reset")
        answer.delete_cookie(_COOKIE, path=url_for("account.reset"))
        return answer
