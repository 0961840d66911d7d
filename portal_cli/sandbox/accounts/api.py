"""The account API: from JSON to the services and back, refusals as problem documents (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from portal_cli.sandbox.accounts import passwords
from portal_cli.sandbox.accounts.api_own import own_routes
from portal_cli.sandbox.accounts.bodies import Body, answer, channel_in, instant
from portal_cli.sandbox.accounts.codes import CODE_SECONDS
from portal_cli.sandbox.accounts.fields import FIELDS
from portal_cli.sandbox.accounts.refusals import AccountRefusal, InvalidFields, TooManyAttempts, WrongCode
from portal_cli.sandbox.accounts.registrations import LIFETIME_SECONDS, TERMS_TEXT, TERMS_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.accounts.addresses import Addresses
    from portal_cli.sandbox.accounts.mailbox import Mailbox, Message
    from portal_cli.sandbox.accounts.service import AccountService
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.oauth.tokens import Tokens

MAX_BODY_BYTES = 64 * 1024
VERSION = 1


def api_routes(service: AccountService, tokens: Tokens) -> Blueprint:
    """Build the account API."""
    faces = OpenFaces(service)
    routes = Blueprint("account_api", __name__)
    routes.before_request(_bound_body)
    routes.add_url_rule("", "about", faces.about)
    routes.add_url_rule("/", "about_slash", faces.about)
    posts: dict[str, Callable[..., Response]] = {
        "/password-check": faces.check_password,
        "/registrations": faces.register,
        "/registrations/<key>/codes": faces.send_code,
        "/registrations/<key>/verify": faces.verify,
        "/password/forgot": faces.forgot_password,
        "/password/reset": faces.reset_password,
        "/username/recover": faces.recover_username,
    }
    for path, view in posts.items():
        routes.add_url_rule(path, path, view, methods=["POST"])
    own_routes(routes, service, tokens)
    routes.after_request(_unstored)
    routes.register_error_handler(AccountRefusal, lambda error: problem(error, service.addresses))
    routes.register_error_handler(HTTPException, http_problem)
    return routes


class OpenFaces:
    """The handlers that need no token."""

    def __init__(self, service: AccountService) -> None:
        self._service = service

    def about(self) -> Response:
        """Say what one has to know before signing up."""
        addresses = self._service.addresses
        rules = {"min_length": passwords.MIN_LENGTH, "max_length": passwords.MAX_LENGTH, "rules": passwords.RULES}
        names = ("name", "label", "required", "kind")
        return answer(
            {
                "version": VERSION,
                "password_rules": rules,
                "terms": {"version": TERMS_VERSION, "text": TERMS_TEXT, "url": addresses.terms},
                "registration_fields": [dict(zip(names, row, strict=True)) for row in FIELDS],
                "pages": addresses.pages(),
            }
        )

    def check_password(self) -> Response:
        """Judge a password while it is typed."""
        body = Body.read()
        known = tuple(body.optional(name) for name in ("username", "given", "family", "email"))
        problems = passwords.password_problems(body.text("password"), known)
        return answer({"is_good": not problems, "problems": problems})

    def register(self) -> Response:
        """Begin a registration."""
        key = self._service.registrations.begin(Body.read().fields)
        body = {"registration": key, "channels": ["email", "phone"], "expires_in": LIFETIME_SECONDS}
        return answer(body, HTTPStatus.ACCEPTED)

    def send_code(self, key: str) -> Response:
        """Send a code again."""
        self._service.registrations.send(key, channel_in(Body.read()))
        return answer({"expires_in": CODE_SECONDS}, HTTPStatus.ACCEPTED)

    def verify(self, key: str) -> Response:
        """Prove a contact."""
        body = Body.read()
        progress = self._service.registrations.verify(
            key, channel_in(body), body.text("code"), body.optional("username")
        )
        found: Json = {
            "verified": progress.verified,
            "pending": progress.pending,
            "is_complete": progress.is_complete,
        }
        return answer({**found, "username": progress.username} if progress.is_complete else found)

    def forgot_password(self) -> Response:
        """Send a link to a new password, if there is an account."""
        self._service.recovery.forgot_password(Body.read().text("login"))
        return answer({}, HTTPStatus.ACCEPTED)

    def reset_password(self) -> Response:
        """Set a new password."""
        body = Body.read()
        self._service.recovery.reset_password(body.text("token"), body.text("password"))
        return Response(status=HTTPStatus.NO_CONTENT)

    def recover_username(self) -> Response:
        """Send the username, if there is an account."""
        body = Body.read()
        self._service.recovery.recover_username(body.text("email"), body.text("birth_date"))
        return answer({}, HTTPStatus.ACCEPTED)


def mailbox_routes(mailbox: Mailbox) -> Blueprint:
    """Build the mailbox for programs."""
    routes = Blueprint("mailbox_json", __name__)
    routes.add_url_rule(
        "/mailbox.json", "messages", lambda: answer({"messages": [_message(one) for one in mailbox.messages()]})
    )
    routes.after_request(_unstored)
    return routes


def problem(error: AccountRefusal, addresses: Addresses) -> Response:
    """Turn a refusal into a problem document."""
    body: Json = {"type": addresses.problem(error.key), "title": str(error), "status": error.status}
    headers: dict[str, str] = {}
    if isinstance(error, InvalidFields):
        body["errors"] = [{"field": one.field, "detail": one.detail} for one in error.problems]
    elif isinstance(error, WrongCode):
        body["attempts_left"] = error.attempts_left
    elif isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.seconds)
    elif error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="practice portal"'
    return _problem_document(body, headers)


def http_problem(error: HTTPException) -> Response:
    """Turn an HTTP error of the framework into a problem document."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    title = error.description or "The request failed."
    return _problem_document({"type": "about:blank", "title": title, "status": status}, {})


def _problem_document(body: Json, headers: dict[str, str]) -> Response:
    found = answer(body, body["status"])
    found.content_type = "application/problem+json"
    found.headers.update(headers)
    return found


def _message(message: Message) -> dict[str, Any]:
    letter = message.letter
    row = {"id": message.id, "kind": letter.kind, "to": letter.to, "subject": letter.subject, "body": letter.body}
    row["sent"] = instant(message.sent.timestamp())
    return {**row, "link": letter.link} if letter.link else row


def _bound_body() -> None:
    request.max_content_length = MAX_BODY_BYTES


def _unstored(found: Response) -> Response:
    found.headers["Cache-Control"] = "no-store"
    found.headers["X-Content-Type-Options"] = "nosniff"
    return found
