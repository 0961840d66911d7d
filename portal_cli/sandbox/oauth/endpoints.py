"""The addresses apps call directly: token, challenge, revoke, introspect, keys."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, jsonify, make_response, request

from portal_cli.sandbox import scopes
from portal_cli.sandbox.accounts.refusals import InvalidFields, NotFound, TooManyAttempts, WrongCode
from portal_cli.sandbox.oauth.clients import find_client
from portal_cli.sandbox.oauth.server import check_challenge

if TYPE_CHECKING:
    from portal_cli.sandbox.oauth.charts import Chart
    from portal_cli.sandbox.oauth.server import SmartServer
    from portal_cli.sandbox.oauth.tokens import Grant


def endpoint_routes(server: SmartServer) -> Blueprint:
    """Build the endpoints under /auth."""
    endpoints = Endpoints(server)
    routes = Blueprint("endpoints", __name__)
    routes.add_url_rule("/token", "token", endpoints.token, methods=["POST"])
    routes.add_url_rule("/challenge", "challenge", endpoints.challenge, methods=["POST"])
    routes.add_url_rule("/revoke", "revoke", endpoints.revoke, methods=["POST"])
    routes.add_url_rule("/introspect", "introspect", endpoints.introspect, methods=["POST"])
    routes.add_url_rule("/jwks.json", "jwks", lambda: jsonify(server.identity.jwks()))
    routes.after_request(_unstored)
    return routes


class Endpoints:
    """The handlers; errors are JSON as RFC 6749 §5.2 has it."""

    def __init__(self, server: SmartServer) -> None:
        self._server = server

    def token(self) -> Response:
        """Exchange a code or a refresh token; one request at a time, so that neither is spent twice."""
        with self._server.tokens.lock:
            try:
                return make_response(self._server.create_token_response())
            except ValueError:  # authlib cannot put every odd request into words
                return _refuse(HTTPStatus.BAD_REQUEST, "invalid_request", "the request cannot be read")

    def revoke(self) -> Response:
        """End the grant a token belongs to (RFC 7009); an unknown token is no error."""
        with self._server.tokens.lock:
            return make_response(self._server.create_endpoint_response("revocation"))

    def introspect(self) -> Response:
        """Say what a token is (RFC 7662), to whoever holds a token or names the client it was issued to."""
        token = self._server.tokens.find(request.form.get("token", ""))
        bearer = request.headers.get("Authorization", "").partition(" ")[2]
        caller = self._server.tokens.find(bearer)
        client_id = caller.grant.client_id if caller else request.form.get("client_id", "")
        if not client_id:
            return _refuse(HTTPStatus.UNAUTHORIZED, "invalid_client", "a bearer token or client_id is required")
        is_theirs = caller is None or token is None or _are_of_one_person(caller.grant, token.grant)
        if token is None or token.grant.client_id != client_id or not is_theirs:
            return jsonify(active=False)
        body: dict[str, Any] = {
            "active": True,
            "scope": self._server.left(token.grant, token.scope),
            "client_id": token.grant.client_id,
            "username": token.grant.username,
            "sub": token.grant.username,
            "iss": self._server.issuer,
            "iat": int(token.issued),
            "patient": token.grant.patient,
        }
        if token.kind == "access":
            body |= {"exp": int(token.expires), "token_type": "Bearer"}
        if "fhirUser" in token.scope.split():
            body["fhirUser"] = f"{self._server.issuer}/{token.grant.user}"
        return jsonify(body)

    def challenge(self) -> Response:
        """Take a username and password typed into the app itself (OAuth 2.0 for First-Party Applications).

        Answers `{"authorization_code": …}`, to be exchanged at the token endpoint without a redirect address, or
        asks for a second step first, or for whom the sign-in is.
        """
        form = request.form
        client = find_client(form.get("client_id"))
        if client is None:
            return _refuse(HTTPStatus.BAD_REQUEST, "invalid_client", "client_id is missing or malformed")
        try:
            if form.get("auth_session"):
                return self._go_on(client.client_id, form["auth_session"])
            return self._first_step(client.client_id)
        except TooManyAttempts as error:
            answer = _refuse(HTTPStatus.TOO_MANY_REQUESTS, "too_many_attempts", str(error))
            answer.headers["Retry-After"] = str(error.seconds)
            return answer

    def _first_step(self, client_id: str) -> Response:
        form, accounts = request.form, self._server.accounts
        scope, problem = self._server.offered(form.get("scope", "")), self._problem(form)
        if problem:
            return _refuse(HTTPStatus.BAD_REQUEST, "invalid_request", problem)
        if not any(scopes.letters(one) or one == scopes.ACCOUNT for one in scope):
            return _refuse(HTTPStatus.BAD_REQUEST, "invalid_scope", "no scope that this portal can give")
        before = accounts.find(form["username"])
        if not accounts.check(form["username"], form["password"]) or before is None:
            return _refuse(HTTPStatus.BAD_REQUEST, "access_denied", "the username or password is not right")
        steps, context = self._server.second_steps, {"client_id": client_id, "scope": " ".join(scope)}
        context |= {"code_challenge": form["code_challenge"], "password_of": str(before.password_changed)}
        if steps.is_needed(before.username):
            context |= {"patient": form.get("patient", "")}
            return self._more_needed(steps.begin(before.username, context), before.username)
        return self._signed_in(before.username, context, form.get("patient", ""))

    def _go_on(self, client_id: str, session: str) -> Response:
        """Go on with a sign-in that waits: for a choice of chart once it is whole, else for its second step."""
        waiting = self._server.choices.find(session, client_id)
        if waiting is None:
            return self._second_step(client_id, session)
        chart = self._server.charts.find(waiting.username, request.form.get("patient", ""))
        if chart is None:
            return self._choice(waiting.username, session) if not request.form.get("patient") else _no_such_patient()
        if not self._server.choices.end(session):
            return _ended()
        return self._code(waiting.username, waiting.context, chart)

    def _second_step(self, client_id: str, session: str) -> Response:
        form, steps = request.form, self._server.second_steps
        method = form.get("second_step_method", "")
        try:
            waiting = steps.find(session, {"client_id": client_id})
            if form.get("second_step_send"):
                steps.send(session, method)
                return self._more_needed(session, waiting.username)
            if not form.get("second_step_code"):
                return _refuse(HTTPStatus.BAD_REQUEST, "invalid_request", "second_step_code is required")
            done = steps.check(session, method, form["second_step_code"])
        except NotFound:
            return _ended()
        except InvalidFields as error:
            return _refuse(HTTPStatus.BAD_REQUEST, "invalid_request", error.problems[0].detail)
        except WrongCode:
            return _refuse(HTTPStatus.BAD_REQUEST, "access_denied", "the code is not right")
        return self._signed_in(done.username, done.context, form.get("patient") or done.context.get("patient", ""))

    def _more_needed(self, session: str, username: str) -> Response:
        offer = self._server.second_steps.offer(username)
        body = {
            "error": "insufficient_authorization",
            "error_description": "a second step is needed",
            "auth_session": session,
            "second_step": {"methods": offer.methods, "sent_to": offer.sent_to},
        }
        return make_response(jsonify(body), HTTPStatus.BAD_REQUEST)

    def _signed_in(self, username: str, context: dict[str, str], patient: str) -> Response:
        """Go on once it is known who is there: with the one chart they may open, or with the choice of one."""
        charts = self._server.charts.of(username)
        is_of_records = any(scopes.letters(one) for one in context["scope"].split())
        if not patient and len(charts) > 1 and is_of_records:
            return self._choice(username, self._server.choices.begin(username, context))
        chosen = next((chart for chart in charts if chart.patient == patient), None) if patient else charts[0]
        return self._code(username, context, chosen) if chosen else _no_such_patient()

    def _choice(self, username: str, session: str) -> Response:
        body = {
            "error": "insufficient_authorization",
            "error_description": "say for whom: more than one patient's record can be opened",
            "auth_session": session,
            "need": "patient",
            "patients": [chart.row() for chart in self._server.charts.of(username)],
        }
        return make_response(jsonify(body), HTTPStatus.BAD_REQUEST)

    def _code(self, username: str, context: dict[str, str], chart: Chart) -> Response:
        tokens = self._server.tokens
        grant = self._server.open(context["client_id"], username, chart, context["scope"])
        if not any(scopes.letters(one) or one == scopes.ACCOUNT for one in grant.scope.split()):
            return _refuse(HTTPStatus.BAD_REQUEST, "invalid_scope", "nothing of this is open to who acts for a patient")
        code = tokens.new_code(grant, context["code_challenge"], "")
        if str(self._server.accounts.of(username).password_changed) != context["password_of"]:
            tokens.revoke(grant)  # the password was changed while this sign-in was under way
            return _refuse(HTTPStatus.BAD_REQUEST, "access_denied", "the username or password is not right")
        return jsonify(authorization_code=code)

    def _problem(self, form: Any) -> str:
        try:
            check_challenge(form)
        except OAuth2Error as error:
            return str(error.description)
        if form.get("aud") and form["aud"].rstrip("/") != self._server.issuer:
            return "aud must be the FHIR base URL"
        if not form.get("username") or not form.get("password"):
            return "username and password are required"
        return ""


def _are_of_one_person(one: Grant, other: Grant) -> bool:
    """Whether two grants are of one account and for one patient."""
    return (one.username, one.patient) == (other.username, other.patient)


def _no_such_patient() -> Response:
    """Refuse a patient who is not there, and one whom the account may not see, in the same words."""
    return _refuse(HTTPStatus.BAD_REQUEST, "access_denied", "there is no such patient whose record can be opened")


def _ended() -> Response:
    return _refuse(HTTPStatus.BAD_REQUEST, "invalid_session", "this sign-in has ended: start again")


def _refuse(status: int, error: str, sentence: str) -> Response:
    return make_response(jsonify(error=error, error_description=sentence), status)


def _unstored(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    return answer
