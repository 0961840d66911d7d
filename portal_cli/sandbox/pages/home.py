"""The account at a glance, and what can be changed about it: password, contacts, devices, notifications."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Response, request, url_for

from portal_cli.sandbox.accounts.account import METHODS, Notifications, Topics
from portal_cli.sandbox.accounts.passwords import RULES
from portal_cli.sandbox.accounts.refusals import AccountRefusal, FieldProblem, InvalidFields
from portal_cli.sandbox.pages.sign_up import CHECK
from portal_cli.sandbox.pages.wording import METHOD_WORDS, problems_of

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import Channel
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.pages.desk import Desk

_HOME = "account.home"
_TOPICS = tuple(field.name for field in fields(Topics))
_CONTACT = {"email": ("e-mail address", "email"), "phone": ("phone number", "tel")}


class HomePages:
    """The handlers; they are reached only by somebody who is signed in."""

    def __init__(self, desk: Desk, service: AccountService) -> None:
        self._desk = desk
        self._service = service

    def home(self) -> Response:
        """Show the account."""
        person, session = self._desk.signed_in(), self._desk.session()
        current = session.id if session else ""
        devices = [
            {**asdict(one), "is_current": one.id == current} for one in self._service.devices.of(person.username)
        ]
        return self._desk.shown(
            "account/home.html",
            person=person,
            devices=devices,
            changed=day(person.password_changed),
            methods=[(method, METHOD_WORDS[method][0]) for method in METHODS],
            topics=_TOPICS,
        )

    def password(self) -> Response:
        """Change the password, and end every other sign-in."""
        person, session = self._desk.signed_in(), self._desk.session()
        facts: dict[str, Any] = {"rules": RULES, "check": CHECK}
        if request.method == "GET":
            return self._desk.shown("account/password.html", **facts)
        current, new = request.form.get("current", ""), request.form.get("new", "")
        try:
            keep = session.id if session else ""
            self._service.change_password(person.username, current, new, keep_session=keep)
        except AccountRefusal as error:
            problems = problems_of(error, confirming="current")
            return self._desk.shown("account/password.html", problems, error.status, **facts)
        return self._desk.lead(_HOME, notice="password")

    def contact(self, channel: Channel) -> Response:
        """Take a new e-mail address or phone number, and send it a code."""
        person = self._desk.signed_in()
        what, kind = _CONTACT[channel]
        facts: dict[str, Any] = {
            "heading": f"Change your {what}",
            "sentence": "A code goes to the new one. Until you have entered it, the old one stays.",
            "action": url_for("account.contact", channel=channel),
            "asks_value": f"New {what}",
            "asks_kind": kind,
            "button": "Send a code",
        }
        if request.method == "GET":
            return self._desk.shown("account/confirm.html", **facts)
        try:
            self._service.contacts.change(
                person.username, channel, request.form.get("value", ""), request.form.get("password", "")
            )
        except AccountRefusal as error:
            return self._desk.refused("account/confirm.html", error, **facts)
        return self._desk.lead("account.contact_code", channel=channel)

    def contact_code(self, channel: Channel) -> Response:
        """Take the code that came to the new contact."""
        person = self._desk.signed_in()
        facts: dict[str, Any] = {
            "heading": "Enter your code",
            "sentence": f"A code went to your new {_CONTACT[channel][0]}. It works for 10 minutes.",
            "action": url_for("account.contact_code", channel=channel),
            "button": "Change it",
        }
        if request.method == "GET":
            return self._desk.shown("account/code.html", **facts)
        try:
            self._service.contacts.verify(person.username, channel, typed_code())
        except AccountRefusal as error:
            return self._desk.refused("account/code.html", error, **facts)
        return self._desk.lead(_HOME, notice="contact")

    def revoke(self, key: str) -> Response:
        """End the access of an app or a browser; one that has ended already is no error."""
        person = self._desk.signed_in()
        try:
            self._service.devices.revoke(person.username, key)
        except AccountRefusal:
            return self._desk.lead(_HOME)
        return self._desk.lead(_HOME, notice="revoked")

    def notifications(self) -> Response:
        """Keep what the patient wants to be told of."""
        chosen = [Topics(**{name: name in request.form.getlist(way) for name in _TOPICS}) for way in ("email", "text")]
        self._service.set_notifications(self._desk.signed_in().username, Notifications(*chosen))
        return self._desk.lead(_HOME, notice="notifications")


def typed_code() -> str:
    """Read the code of a form.

    Raises:
        InvalidFields: When there is none, which costs no attempt.
    """
    code = request.form.get("code", "").strip()
    if not code:
        raise InvalidFields(FieldProblem("code", "Enter the code."))
    return code


def day(seconds: float) -> str:
    """Write a time as people read it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
