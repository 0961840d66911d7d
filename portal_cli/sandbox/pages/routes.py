"""The addresses of the account pages and of the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from portal_cli.sandbox.pages.desk import Desk
from portal_cli.sandbox.pages.forgotten import Forgotten
from portal_cli.sandbox.pages.home import HomePages, day
from portal_cli.sandbox.pages.sign_up import SignUp
from portal_cli.sandbox.pages.signing_in import SigningIn
from portal_cli.sandbox.pages.two_step import TwoStepPages

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.service import AccountService

_BOTH = ["GET", "POST"]
_CHANNEL = "<any(email, phone):channel>"
_METHOD = "<any(totp, email, text):method>"
_OPEN = frozenset({"register", "terms", "verify", "sign_in", "second_step", "forgot", "recover", "sent", "reset"})


def account_routes(service: AccountService) -> Blueprint:
    """Build the pages under /account."""
    desk = Desk(service)
    routes = Blueprint("account", __name__)
    _open_pages(routes, desk, service)
    _own_pages(routes, desk, service)
    routes.add_app_template_filter(day, "day")

    @routes.before_request
    def admit() -> Response | None:
        desk.require_own_form()
        name = (request.endpoint or "").removeprefix("account.")
        if name in _OPEN or desk.person():
            return None
        then = {"then": "password"} if name == "password" else {}
        return desk.lead("account.sign_in", **then)

    return routes


def mailbox_routes(service: AccountService) -> Blueprint:
    """Build the mailbox, and the address at which password managers look for a change of password."""
    routes = Blueprint("mailbox", __name__)

    @routes.get("/mailbox")
    def mailbox() -> str:
        return render_template("mailbox.html", messages=service.mailbox.messages())

    @routes.get("/.well-known/change-password")
    def change_password() -> Response:
        return make_response(redirect(url_for("account.password")))

    return routes


def _open_pages(routes: Blueprint, desk: Desk, service: AccountService) -> None:
    sign_up, forgotten, signing_in = SignUp(desk, service), Forgotten(desk, service), SigningIn(desk, service)
    routes.add_url_rule("/register", "register", sign_up.register, methods=_BOTH)
    routes.add_url_rule("/terms", "terms", sign_up.terms)
    routes.add_url_rule("/verify", "verify", sign_up.verify, methods=_BOTH)
    routes.add_url_rule("/sign-in", "sign_in", signing_in.sign_in, methods=_BOTH)
    routes.add_url_rule("/second-step", "second_step", signing_in.second_step, methods=_BOTH)
    routes.add_url_rule("/password/forgot", "forgot", forgotten.forgot, methods=_BOTH)
    routes.add_url_rule("/username/recover", "recover", forgotten.recover, methods=_BOTH)
    routes.add_url_rule("/sent", "sent", forgotten.sent)
    routes.add_url_rule("/password/reset", "reset", forgotten.reset, methods=_BOTH)
    routes.add_url_rule("/sign-out", "sign_out", signing_in.sign_out, methods=["POST"])


def _own_pages(routes: Blueprint, desk: Desk, service: AccountService) -> None:
    pages, steps = HomePages(desk, service), TwoStepPages(desk, service)
    routes.add_url_rule("", "home", pages.home)
    routes.add_url_rule("/password", "password", pages.password, methods=_BOTH)
    routes.add_url_rule(f"/contacts/{_CHANNEL}", "contact", pages.contact, methods=_BOTH)
    routes.add_url_rule(f"/contacts/{_CHANNEL}/code", "contact_code", pages.contact_code, methods=_BOTH)
    routes.add_url_rule("/devices/<key>/end", "revoke", pages.revoke, methods=["POST"])
    routes.add_url_rule("/notifications", "notifications", pages.notifications, methods=["POST"])
    routes.add_url_rule(f"/two-step/{_METHOD}", "step_on", steps.step_on, methods=_BOTH)
    routes.add_url_rule(f"/two-step/{_METHOD}/code", "step_code", steps.step_code, methods=_BOTH)
    routes.add_url_rule(f"/two-step/{_METHOD}/off", "step_off", steps.step_off, methods=_BOTH)
    routes.add_url_rule("/recovery-codes", "new_codes", steps.new_codes, methods=_BOTH)
    routes.add_url_rule("/recovery-codes/<key>", "codes", steps.codes)
