"""Switching second steps on and off, and the recovery codes."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import segno
from flask import Response, request, url_for
from markupsafe import Markup

from portal_cli.sandbox.accounts.refusals import AccountRefusal
from portal_cli.sandbox.pages.home import typed_code
from portal_cli.sandbox.pages.wording import METHOD_WORDS

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import Method
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.accounts.two_step import Begun
    from portal_cli.sandbox.pages.desk import Desk

_MAX_KEPT = 200
Value = TypeVar("Value")
_SENTENCES = {
    "totp": "An authenticator app on your phone then shows a code for each sign-in.",
    "email": "A code then goes to your e-mail address at each sign-in.",
    "text": "A code then goes to your phone by text at each sign-in.",
}


class TwoStepPages:
    """The handlers; they are reached only by somebody who is signed in.

    What is shown after a form was taken (a new app's key, recovery codes) waits in memory for the page that shows it.
    """

    def __init__(self, desk: Desk, service: AccountService) -> None:
        self._desk = desk
        self._two_step = service.two_step
        self._begun: Kept[Begun] = Kept()
        self._codes: Kept[list[str]] = Kept()

    def step_on(self, method: Method) -> Response:
        """Ask for the password, and begin to switch a second step on."""
        person, word = self._desk.signed_in(), METHOD_WORDS[method][0].lower()
        facts: dict[str, Any] = {
            "heading": f"Switch on: {word}",
            "sentence": _SENTENCES[method],
            "action": url_for("account.step_on", method=method),
            "button": "Continue",
        }
        if request.method == "GET":
            return self._desk.shown("account/confirm.html", **facts)
        try:
            begun = self._two_step.begin(person.username, method, request.form.get("password", ""))
        except AccountRefusal as error:
            return self._desk.refused("account/confirm.html", error, **facts)
        self._begun.put(f"{person.key} {method}", begun)
        return self._desk.lead("account.step_code", method=method)

    def step_code(self, method: Method) -> Response:
        """Show what the first code comes from, and take it: that switches the second step on."""
        person = self._desk.signed_in()
        begun = self._begun.look(f"{person.key} {method}")
        if begun is None:
            return self._desk.lead("account.step_on", method=method)
        facts: dict[str, Any] = {
            "heading": f"Switch on: {METHOD_WORDS[method][0].lower()}",
            "sentence": f"A code went to {begun.sent_to}. It works for 10 minutes.",
            "qr": qr_code(begun.uri) if begun.uri else "",
            "secret": " ".join(begun.secret[place : place + 4] for place in range(0, len(begun.secret), 4)),
            "action": url_for("account.step_code", method=method),
            "button": "Switch it on",
        }
        if request.method == "GET":
            return self._desk.shown("account/code.html", **facts)
        try:
            made = self._two_step.confirm(person.username, method, typed_code())
        except AccountRefusal as error:
            return self._desk.refused("account/code.html", error, **facts)
        self._begun.take(f"{person.key} {method}")
        return self._shown_once(made)

    def step_off(self, method: Method) -> Response:
        """Ask for the password, and switch a second step off."""
        person = self._desk.signed_in()
        facts: dict[str, Any] = {
            "heading": f"Switch off: {METHOD_WORDS[method][0].lower()}",
            "sentence": "Without a second step, a stolen password is enough to sign in as you.",
            "action": url_for("account.step_off", method=method),
            "button": "Switch it off",
        }
        if request.method == "GET":
            return self._desk.shown("account/confirm.html", **facts)
        try:
            self._two_step.remove(person.username, method, request.form.get("password", ""))
        except AccountRefusal as error:
            return self._desk.refused("account/confirm.html", error, **facts)
        return self._desk.lead("account.home", notice="step-off")

    def new_codes(self) -> Response:
        """Ask for the password, and make new recovery codes."""
        person = self._desk.signed_in()
        facts: dict[str, Any] = {
            "heading": "New recovery codes",
            "sentence": "The recovery codes that you have now stop working.",
            "action": url_for("account.new_codes"),
            "button": "Make new codes",
        }
        if request.method == "GET":
            return self._desk.shown("account/confirm.html", **facts)
        try:
            made = self._two_step.renew_recovery(person.username, request.form.get("password", ""))
        except AccountRefusal as error:
            return self._desk.refused("account/confirm.html", error, **facts)
        return self._shown_once(made)

    def codes(self, key: str) -> Response:
        """Show recovery codes, once."""
        made = self._codes.take(f"{self._desk.signed_in().key} {key}")
        if made is None:
            return self._desk.lead("account.home")
        return self._desk.shown("account/recovery_codes.html", codes=made)

    def _shown_once(self, made: list[str]) -> Response:
        key = secrets.token_urlsafe(16)
        self._codes.put(f"{self._desk.signed_in().key} {key}", made)
        return self._desk.lead("account.codes", key=key)


class Kept(Generic[Value]):
    """Values that wait in memory for the page that shows them; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, Value] = {}

    def put(self, key: str, value: Value) -> None:
        """Keep a value."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            if len(self._values) > _MAX_KEPT:
                del self._values[next(iter(self._values))]

    def look(self, key: str) -> Value | None:
        """Give a value, and keep it."""
        return self._values.get(key)

    def take(self, key: str) -> Value | None:
        """Give a value, and forget it."""
        with self._lock:
            return self._values.pop(key, None)


def qr_code(uri: str) -> Markup:
    """Draw an address as a QR code that stands in the page itself, so that no server learns the secret in it."""
    drawn = segno.make(uri, error="m").svg_inline(scale=4, border=4, omitsize=True, svgclass="qr", lineclass=None)
    titled = drawn.replace("<svg ", '<svg role="img" aria-label="QR code for an authenticator app" ', 1)
    return Markup(titled)  # noqa: S704 -- drawn by segno: nothing but paths of numbers
