"""The pages a patient sees: sign in, allow or deny (SMART App Launch 2.2, RFC 6749 §3.1)."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from portal_cli.sandbox import guard, scopes
from portal_cli.sandbox.accounts.refusals import AccountRefusal, FieldProblem, TooManyAttempts
from portal_cli.sandbox.oauth import consent
from portal_cli.sandbox.oauth.clients import find_client
from portal_cli.sandbox.oauth.visits import cookie_name
from portal_cli.sandbox.pages.steps import StepForm, Steps, has_ended

if TYPE_CHECKING:
    from portal_cli.sandbox.oauth.charts import Chart
    from portal_cli.sandbox.oauth.server import SmartServer
    from portal_cli.sandbox.oauth.visits import Visit, Visits

_ENDED = "This sign-in has ended. Go back to the app and start again."


def page_routes(server: SmartServer, visits: Visits) -> Blueprint:
    """Build the pages under /auth."""
    pages = Pages(server, visits)
    routes = Blueprint("pages", __name__)
    routes.add_url_rule("/authorize", "authorize", pages.authorize, methods=["GET", "POST"])
    routes.add_url_rule("/sign-in", "sign_in", pages.sign_in, methods=["POST"])
    routes.add_url_rule("/second-step", "second_step", pages.second_step, methods=["GET"])
    routes.add_url_rule("/second-step", "take_second_step", pages.take_second_step, methods=["POST"])
    routes.add_url_rule("/for-whom", "for_whom", pages.for_whom, methods=["GET"])
    routes.add_url_rule("/for-whom", "choose", pages.choose, methods=["POST"])
    routes.add_url_rule("/consent", "consent", pages.consent, methods=["GET"])
    routes.add_url_rule("/consent", "decide", pages.decide, methods=["POST"])
    return routes


class Pages:
    """The handlers: plain forms, each with its hidden token, so that no script is needed."""

    def __init__(self, server: SmartServer, visits: Visits) -> None:
        self._server = server
        self._visits = visits
        self._steps = Steps(server.second_steps)

    def authorize(self) -> Response:
        """Check an app's request; show the sign-in page, an error page, or send the app its error."""
        client = find_client(request.values.get("client_id"))
        if client is None:
            return error_page("The app does not say which app it is.")
        if not client.check_redirect_uri(request.values.get("redirect_uri", "")):
            return error_page("The app wants its answer sent to an address outside this computer.")
        try:
            grant = self._server.get_consent_grant()
        except OAuth2Error as error:
            return self._refused(error)
        except ValueError:  # authlib cannot put every odd request into words
            return error_page("The app's request cannot be read.")
        parameters = {name: str(value) for name, value in grant.request.payload.data.items()}
        return self._sign_in_page(self._visits.begin(parameters))

    def sign_in(self) -> Response:
        """Take a username and password."""
        visit = self._visit()
        if isinstance(visit, Response):
            return visit
        username = request.form.get("username", "").strip()
        account = self._server.accounts.find(username)
        try:
            is_right = self._server.accounts.check(username, request.form.get("password", ""))
        except TooManyAttempts as error:
            page = self._sign_in_page(visit, "Too many attempts. Wait a few minutes.", username)
            page.status_code = HTTPStatus.TOO_MANY_REQUESTS
            page.headers["Retry-After"] = str(error.seconds)
            return page
        if not is_right or account is None:
            page = self._sign_in_page(visit, "The username or password is not right.", username)
            page.status_code = HTTPStatus.UNAUTHORIZED
            return page
        if self._steps.is_needed(account.username):
            context = {"for": visit.key, "password_of": str(account.password_changed)}
            self._visits.wait(visit, self._steps.begin(account.username, context))
            return _on(visit, "pages.second_step")
        return self._signed_in(visit, account.username, str(account.password_changed))

    def second_step(self) -> Response:
        """Ask for the second step of a sign-in whose password was right."""
        visit = self._find(request.args.get("request", ""))
        if visit is None or not visit.second_step:
            return error_page(_ENDED)
        return self._step_page(visit)

    def take_second_step(self) -> Response:
        """Take the code of a second step, or the wish for another way."""
        visit = self._visit()
        if isinstance(visit, Response):
            return visit
        if not visit.second_step:
            return error_page(_ENDED)
        try:
            other = self._steps.other(visit.second_step)
            if other:
                return _on(visit, "pages.second_step", method=other)
            username, context = self._steps.check(visit.second_step)
        except AccountRefusal as error:
            return self._step_page(visit, error)
        return self._signed_in(visit, username, context["password_of"])

    def _step_page(self, visit: Visit, refused: AccountRefusal | None = None) -> Response:
        form = StepForm(visit.second_step, url_for("pages.take_second_step"), visit.csrf, visit.key)
        try:
            if refused and has_ended(refused):
                raise refused
            return self._steps.page(form, refused)
        except AccountRefusal:
            visit.second_step = ""
            page = self._sign_in_page(visit, "That took too long, or too many codes were wrong. Sign in again.")
            page.status_code = HTTPStatus.BAD_REQUEST
            return page

    def _signed_in(self, visit: Visit, username: str, password_of: str) -> Response:
        """Go on once it is known who is there: to the choice of a record where there are several, else to the consent.

        `password_of` is when the password that was given was set; one that was changed since opens nothing.
        """
        self._visits.sign_in(visit, username)
        if str(self._server.accounts.of(username).password_changed) != password_of:
            self._visits.end(visit)
            return error_page(_ENDED)
        charts = self._server.charts.of(username)
        if len(charts) > 1 and any(scopes.letters(scope) for scope in self._requested(visit)):
            return _on(visit, "pages.for_whom")
        visit.patient = charts[0].patient
        return _on(visit, "pages.consent")

    def for_whom(self) -> Response:
        """Ask whose record the app gets to see."""
        visit = self._find(request.args.get("request", ""))
        if visit is None or not visit.username:
            return error_page(_ENDED)
        return self._choice_page(visit)

    def choose(self) -> Response:
        """Take whose record it is."""
        visit = self._visit()
        if isinstance(visit, Response):
            return visit
        if not visit.username:
            return error_page(_ENDED)
        chart = self._server.charts.find(visit.username, request.form.get("patient", ""))
        if chart is None:
            page = self._choice_page(visit, [FieldProblem("patient", "Choose whose record to open.")])
            page.status_code = HTTPStatus.BAD_REQUEST
            return page
        visit.patient = chart.patient
        return _on(visit, "pages.consent")

    def _choice_page(self, visit: Visit, problems: list[FieldProblem] | None = None) -> Response:
        return make_response(
            render_template(
                "for_whom.html",
                visit=visit,
                client_id=visit.parameters["client_id"],
                charts=self._server.charts.of(visit.username),
                chosen=visit.patient,
                problems=problems or [],
            )
        )

    def _chart(self, visit: Visit) -> Chart | None:
        """The record that was chosen, as long as it may be opened."""
        return self._server.charts.find(visit.username, visit.patient) if visit.username and visit.patient else None

    def _requested(self, visit: Visit) -> tuple[str, ...]:
        return self._server.offered(visit.parameters.get("scope", ""))

    def consent(self) -> Response:
        """Show what the app asks for, less what whoever signed in may not do themselves."""
        visit = self._find(request.args.get("request", ""))
        chart = self._chart(visit) if visit else None
        if visit is None or chart is None:
            return error_page(_ENDED)
        page = make_response(
            render_template(
                "consent.html",
                visit=visit,
                client_id=visit.parameters["client_id"],
                return_to=urlsplit(visit.parameters["redirect_uri"]).netloc,
                chart=chart,
                several=len(self._server.charts.of(visit.username)) > 1,
                groups=consent.groups(self._left(visit, chart), is_own=chart.is_own),
            )
        )
        page.headers["Content-Security-Policy"] = _policy(visit.parameters["redirect_uri"])
        return page

    def decide(self) -> Response:
        """Take the patient's answer and send the browser back to the app."""
        visit = self._visit()
        if isinstance(visit, Response):
            return visit
        chart = self._chart(visit)
        if chart is None or not self._visits.end(visit):
            return error_page(_ENDED)
        requested = self._left(visit, chart)
        chosen = consent.granted(requested, set(request.form.getlist("group")))
        is_allowed = request.form.get("decision") == "allow" and any(map(_is_of_use, chosen))
        try:
            scope = " ".join(chosen or self._requested(visit))
            asked = self._server.create_oauth2_request({**visit.parameters, "scope": scope})
            grant = self._server.get_authorization_grant(asked)
            answer = self._server.create_authorization_response(
                asked, grant_user=(visit.username, chart) if is_allowed else None, grant=grant
            )
        except OAuth2Error as error:
            return self._refused(error)
        left = _leaving(_plain(answer), self._server.issuer)
        left.delete_cookie(visit.cookie_name, path="/auth", httponly=True, samesite="Lax")
        return left

    def _left(self, visit: Visit, chart: Chart) -> tuple[str, ...]:
        return self._server.left_of(self._requested(visit), chart)

    def _find(self, key: str) -> Visit | None:
        return self._visits.find(key, request.cookies.get(cookie_name(key), ""))

    def _visit(self) -> Visit | Response:
        """Find the visit of a posted form, or the page that says why there is none."""
        visit = self._find(request.form.get("request", ""))
        if visit is None:
            return error_page(_ENDED)
        if not hmac.compare_digest(visit.csrf.encode(), request.form.get("csrf", "").encode()):
            return error_page("This form did not come from this page.", HTTPStatus.FORBIDDEN)
        return visit

    def _sign_in_page(self, visit: Visit, problem: str = "", username: str = "") -> Response:
        problems = [FieldProblem("password", problem)] if problem else []
        page = render_template(
            "sign_in.html",
            visit=visit,
            problems=problems,
            values={"username": username},
            has_accounts=self._server.has_accounts,
        )
        return _with_cookie(make_response(page), visit)

    def _refused(self, error: Any) -> Response:
        if not error.redirect_uri:
            reason = str(error.description or error.error).rstrip(".")
            return error_page(f"The app's request cannot be used: {reason}.")
        state = request.values.get("state")
        parameters = [("error", error.error), ("error_description", error.description or error.error)]
        parameters += [("state", state)] if state else []
        answer = redirect(add_params_to_uri(error.redirect_uri, parameters), HTTPStatus.FOUND)
        return _leaving(_plain(answer), self._server.issuer)


def error_page(sentence: str, status: int = HTTPStatus.BAD_REQUEST) -> Response:
    """Show a sentence, and redirect nowhere."""
    return make_response(render_template("error.html", sentence=sentence), status)


def _leaving(answer: Response, issuer: str) -> Response:
    """Name the issuer in an answer to the app (RFC 9207), so that it can tell portals apart."""
    location = answer.headers["Location"]
    answer.headers["Location"] = add_params_to_uri(location, [("iss", issuer)])
    return answer


def _is_of_use(scope: str) -> bool:
    """Say whether a scope opens anything by itself: records, or the account."""
    return scope == scopes.ACCOUNT or scopes.letters(scope) is not None


def _on(visit: Visit, endpoint: str, method: str | None = None) -> Response:
    """Lead the browser to the next page of a visit; `method` is the second step it asked for."""
    target = url_for(endpoint, request=visit.key, method=method)
    return _with_cookie(_plain(redirect(target, HTTPStatus.SEE_OTHER)), visit)


def _with_cookie(page: Response, visit: Visit) -> Response:
    page.set_cookie(visit.cookie_name, visit.cookie, path="/auth", httponly=True, samesite="Lax")
    return page


def _plain(answer: Any) -> Response:
    """Narrow what authlib and werkzeug call a response to Flask's."""
    return make_response(answer)


def _policy(redirect_uri: str) -> str:
    """Let the form of a page lead to an app; browsers hold a form to `form-action` through its redirects too."""
    netloc = urlsplit(redirect_uri).netloc
    return guard.policy("*" if netloc.startswith("[") else f"'self' http://{netloc}")
