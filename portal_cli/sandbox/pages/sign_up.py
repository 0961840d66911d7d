"""Signing up: the form, then a code to each contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from portal_cli.sandbox.accounts.account import CHANNELS
from portal_cli.sandbox.accounts.addresses import API
from portal_cli.sandbox.accounts.passwords import RULES
from portal_cli.sandbox.accounts.refusals import AccountRefusal, FieldProblem, InvalidFields, NotFound, UsernameTaken
from portal_cli.sandbox.accounts.registrations import TERMS_TEXT, TERMS_VERSION
from portal_cli.sandbox.pages.desk import set_cookie
from portal_cli.sandbox.pages.wording import problems_of

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import Channel
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.pages.desk import Desk

CHECK = f"{API}/password-check"
_COOKIE = "portal_registration"
_SECONDS = 3600
_ADDRESS = ("line", "city", "state", "postal_code")
_CHANNELS = (("email", "E-mail address", "e-mail"), ("phone", "Phone", "text"))


class SignUp:
    """The handlers."""

    def __init__(self, desk: Desk, service: AccountService) -> None:
        self._desk = desk
        self._registrations = service.registrations

    def terms(self) -> Response:
        """Show the terms of use."""
        return self._desk.shown("account/terms.html", terms=TERMS_TEXT, terms_version=TERMS_VERSION)

    def register(self) -> Response:
        """Show the form, or take it and send the codes."""
        facts: dict[str, Any] = {"rules": RULES, "check": CHECK, "terms": TERMS_TEXT, "terms_version": TERMS_VERSION}
        if request.method == "GET":
            return self._desk.shown("account/register.html", **facts)
        try:
            key = self._registrations.begin(_fields())
        except InvalidFields as error:
            problems = [_on_page(one) for one in error.problems]
            return self._desk.shown("account/register.html", problems, error.status, **facts)
        except AccountRefusal as error:
            return self._desk.refused("account/register.html", error, **facts)
        answer = self._desk.lead("account.verify")
        set_cookie(answer, _COOKIE, key, seconds=_SECONDS)
        return answer

    def verify(self) -> Response:
        """Show the forms for the codes, or take one; the last opens the account."""
        key = request.cookies.get(_COOKIE, "")
        try:
            if request.method == "GET":
                return self._page(key)
            return self._taken(key)
        except NotFound:
            return self._desk.lead("account.register")

    def _taken(self, key: str) -> Response:
        channel = _channel()
        if request.form.get("again"):
            try:
                self._registrations.send(key, channel)
            except NotFound:
                raise
            except AccountRefusal as error:
                return self._page(key, error)
            return self._desk.lead("account.verify", notice="sent")
        code = request.form.get(f"{channel}_code", "")
        try:
            if "username" not in request.form and not code.strip():
                raise InvalidFields(FieldProblem(f"{channel}_code", "Enter the code."))
            progress = self._registrations.verify(key, channel, code, request.form.get("username", "").strip())
        except NotFound:
            raise
        except AccountRefusal as error:
            return self._page(key, error, f"{channel}_code")
        if not progress.is_complete:
            return self._desk.lead("account.verify")
        answer = self._desk.lead("account.sign_in", notice="opened")
        answer.delete_cookie(_COOKIE, path="/account")
        return answer

    def _page(self, key: str, error: AccountRefusal | None = None, code_field: str = "") -> Response:
        verified = self._registrations.progress(key).verified
        return self._desk.shown(
            "account/verify.html",
            [_beside(one) for one in problems_of(error, code_field)] if error else [],
            error.status if error else 200,
            channels=_CHANNELS,
            verified=verified,
            needs_username=isinstance(error, UsernameTaken) or len(verified) == len(CHANNELS),
        )


def _fields() -> dict[str, Any]:
    """Read the form as the service wants it: the parts of the address under one name."""
    form = request.form.to_dict()
    return {**form, "address": {name: form.get(name, "") for name in _ADDRESS}}


def _on_page(problem: FieldProblem) -> FieldProblem:
    """Name the field on the page that a problem is about."""
    if problem.field == "address":
        return FieldProblem("line", problem.detail)
    if problem.field == "terms_version":
        return FieldProblem("terms_version", "Agree to the terms of use to sign up.")
    return problem


def _beside(problem: FieldProblem) -> FieldProblem:
    """Put a problem with a field of the first page above the forms for the codes."""
    is_here = problem.field == "username" or problem.field.endswith("_code")
    return problem if is_here else FieldProblem("", problem.detail)


def _channel() -> Channel:
    return "phone" if request.form.get("channel") == "phone" else "email"
