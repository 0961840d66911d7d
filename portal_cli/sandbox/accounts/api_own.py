"""The part of the account API for whoever is signed in: settings of their own account, and of no other."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, request

from portal_cli.sandbox import scopes
from portal_cli.sandbox.accounts.bodies import Body, answer, channel_in, instant, method_of, notifications_in
from portal_cli.sandbox.accounts.refusals import InsufficientScope, SignInNeeded

if TYPE_CHECKING:
    from flask import Blueprint

    from portal_cli.sandbox.accounts.devices import Device
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.oauth.tokens import Grant, Tokens


def own_routes(routes: Blueprint, service: AccountService, tokens: Tokens) -> None:
    """Add the addresses below `/account`."""
    faces = OwnFaces(service, tokens)
    table = (
        ("GET", "/account", faces.show),
        ("POST", "/account/password", faces.change_password),
        ("GET", "/account/devices", faces.devices),
        ("DELETE", "/account/devices/<device>", faces.revoke_device),
        ("GET", "/account/notifications", faces.notifications),
        ("PUT", "/account/notifications", faces.set_notifications),
        ("POST", "/account/two-step", faces.begin_two_step),
        ("POST", "/account/two-step/confirm", faces.confirm_two_step),
        ("DELETE", "/account/two-step/<method>", faces.remove_two_step),
        ("POST", "/account/recovery-codes", faces.renew_recovery),
        ("POST", "/account/contacts", faces.change_contact),
        ("POST", "/account/contacts/verify", faces.verify_contact),
    )
    for method, path, view in table:
        routes.add_url_rule(path, view.__name__, view, methods=[method])


class OwnFaces:
    """The handlers: each finds out whose token it is first."""

    def __init__(self, service: AccountService, tokens: Tokens) -> None:
        self._service = service
        self._tokens = tokens

    def show(self) -> Response:
        """Give the account."""
        account = self._service.directory.of(self._grant().username)
        return answer(
            {
                "username": account.username,
                "name": account.name,
                "patient": account.patient,
                "created": instant(account.created),
                "password_changed": instant(account.password_changed),
                "email": asdict(account.email),
                "phone": asdict(account.phone),
                "two_step": {"methods": account.methods, "recovery_codes_left": len(account.recovery)},
            }
        )

    def change_password(self) -> Response:
        """Change the password; this app stays signed in."""
        grant, body = self._grant(), Body.read()
        current, new = body.text("current"), body.text("new")
        self._service.change_password(grant.username, current, new, keep_grant=grant.key)
        return _nothing()

    def devices(self) -> Response:
        """List apps and browsers."""
        grant = self._grant()
        return answer({"devices": [_row(one, grant) for one in self._service.devices.of(grant.username)]})

    def revoke_device(self, device: str) -> Response:
        """End an app's or a browser's sign-in."""
        self._service.devices.revoke(self._grant().username, device)
        return _nothing()

    def notifications(self) -> Response:
        """Give what the patient wants to be told of."""
        return answer(asdict(self._service.directory.of(self._grant().username).notifications))

    def set_notifications(self) -> Response:
        """Set what the patient wants to be told of."""
        self._service.set_notifications(self._grant().username, notifications_in(Body.read()))
        return self.notifications()

    def begin_two_step(self) -> Response:
        """Begin to switch a second step on."""
        grant, body = self._grant(), Body.read()
        method, password = method_of(body.fields.get("method")), body.text("password")
        begun = self._service.two_step.begin(grant.username, method, password)
        return answer({name: value for name, value in asdict(begun).items() if value})

    def confirm_two_step(self) -> Response:
        """Switch a second step on by its first code."""
        grant, body = self._grant(), Body.read()
        method, code = method_of(body.fields.get("method")), body.text("code")
        return answer({"recovery_codes": self._service.two_step.confirm(grant.username, method, code)})

    def remove_two_step(self, method: str) -> Response:
        """Switch a second step off."""
        grant, body = self._grant(), Body.read()
        self._service.two_step.remove(grant.username, method_of(method), body.text("password"))
        return _nothing()

    def renew_recovery(self) -> Response:
        """Give new recovery codes."""
        grant, body = self._grant(), Body.read()
        return answer({"recovery_codes": self._service.two_step.renew_recovery(grant.username, body.text("password"))})

    def change_contact(self) -> Response:
        """Begin to change a contact."""
        grant, body = self._grant(), Body.read()
        channel, value, password = channel_in(body), body.text("value"), body.text("password")
        self._service.contacts.change(grant.username, channel, value, password)
        return answer({}, HTTPStatus.ACCEPTED)

    def verify_contact(self) -> Response:
        """Take the new contact."""
        grant, body = self._grant(), Body.read()
        self._service.contacts.verify(grant.username, channel_in(body), body.text("code"))
        return answer({})

    def _grant(self) -> Grant:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        token = self._tokens.find(text.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.kind != "access":
            raise SignInNeeded
        if scopes.ACCOUNT not in token.scope.split():
            raise InsufficientScope
        self._tokens.note_use(token.grant)
        return token.grant


def _row(device: Device, grant: Grant) -> Json:
    row: Json = {
        "id": device.id,
        "kind": device.kind,
        "name": device.name,
        "created": instant(device.created),
        "last_used": instant(device.last_used),
        "is_current": device.id == grant.key,
    }
    return {**row, "scope": device.scope} if device.scope else row


def _nothing() -> Response:
    return Response(status=HTTPStatus.NO_CONTENT)
