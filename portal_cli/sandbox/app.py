"""The portal as a Flask application: sign-in of apps under /auth, accounts under /account, FHIR under /fhir."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import HTTPException, MisdirectedRequest
from werkzeug.http import http_date

from portal_cli.sandbox.accounts.addresses import API
from portal_cli.sandbox.accounts.api import api_routes, http_problem, mailbox_routes
from portal_cli.sandbox.education import infobutton
from portal_cli.sandbox.guard import guarded
from portal_cli.sandbox.oauth.device_pages import device_routes
from portal_cli.sandbox.oauth.endpoints import endpoint_routes
from portal_cli.sandbox.oauth.pages import error_page, page_routes
from portal_cli.sandbox.oauth.registration import registration_routes
from portal_cli.sandbox.oauth.server import SmartServer
from portal_cli.sandbox.outcomes import FhirError
from portal_cli.sandbox.pages import routes as pages
from portal_cli.sandbox.routes import fhir_routes, http_refusal, refusal

if TYPE_CHECKING:
    from flask import Response

    from portal_cli.sandbox.portal import Portal

MAX_BODY_BYTES = 32 * 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def create_app(portal: Portal) -> Flask:
    """Build the application of a portal; nothing is served yet."""
    app = Flask(__name__, static_url_path="/auth/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = 512 * 1024
    server = SmartServer(portal)
    app.register_blueprint(page_routes(server, portal.visits), url_prefix="/auth")
    app.register_blueprint(endpoint_routes(server), url_prefix="/auth")
    app.register_blueprint(device_routes(server, portal.visits), url_prefix="/auth")
    app.register_blueprint(registration_routes(server), url_prefix="/auth")
    if portal.has_account_api:
        app.register_blueprint(api_routes(portal.account_service, portal.tokens), url_prefix=API)
        app.register_blueprint(mailbox_routes(portal.account_service.mailbox))
        app.register_blueprint(pages.account_routes(portal.account_service), url_prefix="/account")
        app.register_blueprint(pages.mailbox_routes(portal.account_service))
        app.register_blueprint(infobutton.education_routes(portal), url_prefix=infobutton.PATH)
    app.register_blueprint(fhir_routes(portal), url_prefix="/fhir")
    app.before_request(_require_loopback)
    app.after_request(guarded)

    @app.after_request
    def date(response: Response) -> Response:
        response.headers["Date"] = http_date(portal.clock.now())
        return response

    app.register_error_handler(FhirError, refusal)
    app.register_error_handler(HTTPException, _failure)
    return app


def _require_loopback() -> None:
    """Refuse a request by any other name, so that no web page can rebind its own name to it."""
    host = request.host.rpartition(":")[0] if ":" in request.host.rpartition("]")[2] else request.host
    if host not in _LOOPBACK:
        raise MisdirectedRequest


def _failure(error: HTTPException) -> Response:
    if request.path.startswith("/fhir"):
        return http_refusal(error)
    if request.path.startswith(API):
        return http_problem(error)
    return error_page(error.description or "The request failed.", error.code or 500)
