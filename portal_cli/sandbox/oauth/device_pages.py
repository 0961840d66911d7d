"""Where a code for another device is had and typed: the app's address, and the patient's page (RFC 8628 §3.1, §3.3).

Once a code was typed, the page sends the browser through the portal's own sign-in and consent, as an app would, so
that whatever a sign-in asks for is asked for here too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from portal_cli.sandbox import scopes
from portal_cli.sandbox.oauth import device
from portal_cli.sandbox.oauth.clients import find_client
from portal_cli.sandbox.oauth.pages import error_page
from portal_cli.sandbox.oauth.visits import cookie_name

if TYPE_CHECKING:
    from portal_cli.sandbox.oauth.device import Device
    from portal_cli.sandbox.oauth.server import SmartServer
    from portal_cli.sandbox.oauth.visits import Visit, Visits

_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_MAX_WAITING = 1000
_ENDED = "This sign-in has ended. Type the code again."


def device_routes(server: SmartServer, visits: Visits) -> Blueprint:
    """Build the addresses of devices under /auth."""
    pages = DevicePages(server, visits)
    routes = Blueprint("devices", __name__)
    routes.add_url_rule("/device", "begin", pages.begin, methods=["POST"])
    routes.add_url_rule("/activate", "activate", pages.activate, methods=["GET"])
    routes.add_url_rule("/activate", "typed", pages.typed, methods=["POST"])
    routes.add_url_rule("/activate/done", "done", pages.done, methods=["GET"])
    routes.after_request(_guarded)
    return routes


class DevicePages:
    """The handlers. `_waiting` has the device and the proof key of each browser that is at the sign-in."""

    def __init__(self, server: SmartServer, visits: Visits) -> None:
        self._server = server
        self._visits = visits
        self._waiting: dict[str, tuple[Device, str]] = {}

    def begin(self) -> Response:
        """Give an app a code for its patient to type."""
        client = find_client(request.form.get("client_id"))
        if client is None:
            return _refuse("invalid_client", "client_id is missing or malformed")
        scope = scopes.offered(request.form.get("scope", ""))
        if not any(scopes.letters(one) for one in scope):
            return _refuse("invalid_scope", "no scope that this portal can give")
        secret, begun = self._server.devices.begin(client.client_id, " ".join(scope))
        address = f"{self._origin}/auth/activate"
        return jsonify(
            device_code=secret,
            user_code=begun.user_code,
            verification_uri=address,
            verification_uri_complete=f"{address}?{urlencode({'user_code': begun.user_code})}",
            expires_in=device.LIFETIME_SECONDS,
            interval=begun.interval,
        )

    def activate(self) -> Response:
        """Ask for the code."""
        return self._page(self._visits.begin({}), request.args.get("user_code", ""))

    def typed(self) -> Response:
        """Take the code, and go on to the sign-in."""
        key = request.form.get("request", "")
        visit = self._visits.find(key, request.cookies.get(cookie_name(key), ""))
        if visit is None:
            return error_page(_ENDED)
        if not hmac.compare_digest(visit.csrf.encode(), request.form.get("csrf", "").encode()):
            return error_page("This form did not come from this page.", HTTPStatus.FORBIDDEN)
        text = request.form.get("user_code", "")
        if self._server.devices.is_tried_too_often:
            return self._page(visit, text, "Too many wrong codes. Wait a few minutes.", HTTPStatus.TOO_MANY_REQUESTS)
        found = self._server.devices.typed(text)
        if found is None:
            return self._page(visit, text, "There is no such code, or it has ended.", HTTPStatus.BAD_REQUEST)
        return redirect(self._sign_in(visit, found), HTTPStatus.SEE_OTHER)  # type: ignore[return-value]  # werkzeug's response is as good

    def done(self) -> Response:
        """Take what the patient has decided."""
        key = request.args.get("state", "").partition(".")[0]
        visit = self._visits.find(key, request.cookies.get(cookie_name(key), ""))
        waiting = self._waiting.pop(key, None)
        if visit is None or waiting is None or request.args.get("state") != visit.parameters.get("state"):
            return error_page(_ENDED)
        self._visits.end(visit)
        found, verifier = waiting
        with self._server.tokens.lock:
            code = self._server.tokens.code(request.args.get("code", ""), found.client_id)
            is_ours = code is not None and code.redirect_uri == self._done and code.code_challenge == _proof(verifier)
            if code is None or not is_ours or found.is_decided:
                found.is_denied = not found.is_decided
                return self._end(is_allowed=False)
            code.is_used = True
            found.grant = code.grant
        return self._end(is_allowed=True)

    @property
    def _origin(self) -> str:
        return self._server.issuer.removesuffix("/fhir")

    @property
    def _done(self) -> str:
        return f"{self._origin}/auth/activate/done"

    def _sign_in(self, visit: Visit, found: Device) -> str:
        """The address of the portal's own sign-in, for a device."""
        verifier = secrets.token_urlsafe(48)
        visit.parameters = {"state": f"{visit.key}.{secrets.token_urlsafe(32)}"}
        if len(self._waiting) >= _MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[visit.key] = found, verifier
        query = {
            "response_type": "code",
            "client_id": found.client_id,
            "redirect_uri": self._done,
            "scope": found.scope,
            "state": visit.parameters["state"],
            "aud": self._server.issuer,
            "code_challenge": _proof(verifier),
            "code_challenge_method": "S256",
        }
        return f"{url_for('pages.authorize')}?{urlencode(query)}"

    def _page(self, visit: Visit, text: str, problem: str = "", status: int = HTTPStatus.OK) -> Response:
        page = make_response(
            render_template("device.html", visit=visit, user_code=text, problem=problem, is_over=False), status
        )
        page.set_cookie(visit.cookie_name, visit.cookie, path="/auth", httponly=True, samesite="Lax")
        return page

    def _end(self, *, is_allowed: bool) -> Response:
        return make_response(render_template("device.html", is_over=True, is_allowed=is_allowed))


def _proof(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _refuse(error: str, sentence: str) -> Response:
    return make_response(jsonify(error=error, error_description=sentence), HTTPStatus.BAD_REQUEST)


def _guarded(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
