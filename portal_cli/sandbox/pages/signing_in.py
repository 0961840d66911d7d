"""Signing a browser in and out of its account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request, url_for

from portal_cli.sandbox.accounts.refusals import AccountRefusal, FieldProblem
from portal_cli.sandbox.pages.desk import set_cookie
from portal_cli.sandbox.pages.steps import StepForm, Steps, has_ended

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.pages.desk import Desk

STEP_COOKIE = "portal_step"
_PAGE = "account/sign_in.html"
_THEN = {"password": "account.password"}
_HOME = "account.home"
_WRONG = "The username or password is not right."


class SigningIn:
    """The handlers. What a page leads to after the sign-in is a name out of a table, never an address."""

    def __init__(self, desk: Desk, service: AccountService) -> None:
        self._desk = desk
        self._service = service
        self._steps = Steps(service.second_steps)

    def sign_in(self) -> Response:
        """Show the form, or take a username and password."""
        asked = request.values.get("then", "")
        then = asked if asked in _THEN else ""
        if request.method == "GET":
            return self._desk.lead(_HOME) if self._desk.person() else self._desk.shown(_PAGE, then=then)
        username, password = request.form.get("username", "").strip(), request.form.get("password", "")
        account = self._service.directory.find(username)
        try:
            is_right = self._service.directory.check(username, password)
        except AccountRefusal as error:
            return self._desk.refused(_PAGE, error, then=then)
        if not is_right or account is None:
            return self._desk.shown(_PAGE, [FieldProblem("password", _WRONG)], 401, then=then)
        password_of = str(account.password_changed)
        if not self._steps.is_needed(account.username):
            return self._desk.begin_session(account.username, _THEN.get(then, _HOME), password_of)
        context = {"for": "browser", "then": then, "password_of": password_of}
        text = self._steps.begin(account.username, context)
        answer = self._desk.lead("account.second_step")
        set_cookie(answer, STEP_COOKIE, text, path=url_for("account.second_step"))
        return answer

    def second_step(self) -> Response:
        """Ask for the second step, or take it."""
        text = request.cookies.get(STEP_COOKIE, "")
        form = StepForm(text, url_for("account.second_step"), self._desk.csrf())
        try:
            self._service.second_steps.find(text, {"for": "browser"})
            if request.method == "GET":
                return self._steps.page(form)
            other = self._steps.other(text)
            if other:
                return self._desk.lead("account.second_step", method=other)
            username, context = self._steps.check(text)
        except AccountRefusal as error:
            if has_ended(error):
                return self._desk.lead("account.sign_in", notice="ended")
            return self._steps.page(form, error)
        answer = self._desk.begin_session(username, _THEN.get(context["then"], _HOME), context["password_of"])
        answer.delete_cookie(STEP_COOKIE, path=url_for("account.second_step"))
        return answer

    def sign_out(self) -> Response:
        """Sign this browser out."""
        return self._desk.end_session()
