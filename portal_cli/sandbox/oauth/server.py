"""The OAuth protocol itself: authlib's authorization server, fitted to SMART App Launch 2.2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import request as http_request

from portal_cli.sandbox import scopes
from portal_cli.sandbox.oauth.charts import Charts, Choices
from portal_cli.sandbox.oauth.clients import find_client
from portal_cli.sandbox.oauth.device import DeviceGrant
from portal_cli.sandbox.oauth.registration import AssertionGrant

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.directory import Accounts
    from portal_cli.sandbox.accounts.second_steps import SecondSteps
    from portal_cli.sandbox.oauth.charts import Chart
    from portal_cli.sandbox.oauth.tokens import Code, Grant, Token, Tokens
    from portal_cli.sandbox.portal import Portal

_CHALLENGE_LENGTH = 43


class LoopbackRequest(OAuth2Request):  # type: ignore[misc]  # authlib ships no types
    """An OAuth request over loopback: authlib wants https, which RFC 8252 §8.3 does not ask of loopback."""

    def __init__(self, parameters: dict[str, str] | None = None) -> None:
        super().__init__(http_request.method, "https://loopback.invalid/", headers=http_request.headers)
        self._parameters = http_request.values if parameters is None else parameters
        self.payload = BasicOAuth2Payload(dict(self._parameters))
        if parameters is None:
            repeated = http_request.values
            self.payload._datalist = {name: repeated.getlist(name) for name in repeated}  # noqa: SLF001 -- the only way to tell authlib of repeated parameters

    @property
    def form(self) -> Any:
        """The form as posted."""
        return http_request.form


class SmartServer(AuthorizationServer):  # type: ignore[misc]  # authlib ships no types
    """An authorization server for the public clients of a portal."""

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        self._query_client = find_client
        self._portal = portal
        self.tokens = portal.tokens
        self.identity = portal.identity
        self.devices = portal.devices
        self.clients = portal.clients
        self.charts = Charts(portal)
        self.choices = Choices(portal.clock.now)
        self.register_grant(PatientCodeGrant, [RequiredChallenge()])
        self.register_grant(RotatingRefreshGrant)
        self.register_grant(DeviceGrant)
        self.register_grant(AssertionGrant)
        self.register_endpoint(Revocation)

    @property
    def issuer(self) -> str:
        """Who issues: the FHIR base URL, as SMART has it."""
        return self._portal.base_url

    @property
    def token_endpoint(self) -> str:
        """Where tokens are had."""
        return f"{self.issuer.removesuffix('/fhir')}/auth/token"

    @property
    def accounts(self) -> Accounts:
        """The accounts of the portal as they stand."""
        return self._portal.accounts

    @property
    def second_steps(self) -> SecondSteps:
        """The sign-ins that wait for a code."""
        return self._portal.account_service.second_steps

    @property
    def has_accounts(self) -> bool:
        """Say whether there are pages to sign up and to recover at."""
        return self._portal.has_account_api

    def offered(self, requested: str) -> tuple[str, ...]:
        """Keep of the requested scopes what this portal gives; `account` only where it has an account API."""
        found = scopes.offered(requested)
        return found if self._portal.has_account_api else tuple(one for one in found if one != scopes.ACCOUNT)

    def create_oauth2_request(self, request: Any) -> Any:
        """Read the current Flask request; `request` may be a dict of parameters instead."""
        asked = LoopbackRequest(request if isinstance(request, dict) else None)
        if asked.payload.data.get("scope"):
            asked.payload.data["scope"] = " ".join(self.offered(asked.payload.data["scope"]))
        return asked

    def left(self, grant: Grant, scope: str) -> str:
        """Give what is left of a scope under a grant, now: who acts for a patient may do less than was allowed."""
        mandate = self._portal.mandate_of(grant) if grant.actor else None
        return self._portal.left(scope, mandate.rights) if mandate else scope

    def open(self, client_id: str, username: str, chart: Chart, scope: str, nonce: str = "") -> Grant:
        """Open a grant for a chart, of what is left of the scope for whoever signed in."""
        kept = " ".join(self.left_of(tuple(scope.split()), chart))
        return self.tokens.new_grant(client_id, username, chart.patient, kept, nonce, chart.actor)

    def left_of(self, requested: tuple[str, ...], chart: Chart) -> tuple[str, ...]:
        """Keep of scopes what whoever signed in may do with a chart."""
        if chart.is_own:
            return requested
        return tuple(self._portal.left(" ".join(requested), chart.rights).split())

    def answer(self, grant: Grant, scope: str) -> dict[str, Any]:
        """Issue tokens under a grant and give the token response (SMART App Launch 2.2)."""
        if not self.clients.is_open:
            scope = " ".join(one for one in scope.split() if one != scopes.REGISTER)
        scope = self.left(grant, scope)
        body: dict[str, Any] = {
            "access_token": self.tokens.issue(grant, "access", scope),
            "token_type": "Bearer",
            "expires_in": self.tokens.access_lifetime(grant),
            "scope": scope,
            "patient": grant.patient,
            "need_patient_banner": True,
        }
        granted = scope.split()
        if "offline_access" in granted or "online_access" in granted:
            body["refresh_token"] = self.tokens.issue(grant, "refresh", grant.scope)
        if "openid" in granted:
            body["id_token"] = self.identity.token(grant, self.issuer, self.tokens.seconds())
        if "fhirUser" in granted:
            body["fhirUser"] = f"{self.issuer}/{grant.user}"
        return body


class PatientCodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # authlib ships no types
    """The code flow, with the `aud` and `state` that SMART requires."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def validate_authorization_request(self) -> str:
        """Check the request and give its redirect address.

        Raises:
            OAuth2Error: With a redirect address when it is safe to send the error there.
        """
        redirect_uri: str = super().validate_authorization_request()
        parameters = self.request.payload.data
        if parameters.get("aud", "").rstrip("/") != self.server.issuer:
            raise InvalidRequestError("aud must be the FHIR base URL", redirect_uri=redirect_uri)
        if not parameters.get("state"):
            raise InvalidRequestError("state is required", redirect_uri=redirect_uri)
        return redirect_uri

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep a new code; `request.user` is the username that consented, and for which chart."""
        tokens: Tokens = self.server.tokens
        username, chart = request.user
        parameters = request.payload.data
        grant = self.server.open(
            request.client.client_id,
            self.server.accounts.of(username).username,
            chart,
            request.scope,
            parameters.get("nonce", ""),
        )
        tokens.new_code(grant, parameters["code_challenge"], parameters["redirect_uri"], code)

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        """Find a code of this client that may still be used."""
        found: Code | None = self.server.tokens.code(code, client.client_id)
        return found

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Spend the code and answer with tokens."""
        code: Code = self.request.authorization_code
        code.is_used = True
        return 200, self.server.answer(code.grant, code.grant.scope), self.TOKEN_RESPONSE_HEADER


class RotatingRefreshGrant(RefreshTokenGrant):  # type: ignore[misc]  # authlib ships no types
    """Refreshing with rotation: every use gives a new refresh token and spends the old (RFC 9700 §4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """Find a refresh token that may still be used."""
        found: Token | None = self.server.tokens.refresh_token(refresh_token)
        return found

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Spend the refresh token and answer with new tokens, of the scope asked for."""
        token: Token = self.request.refresh_token
        self.server.tokens.spend(token)
        scope = self.request.payload.scope or token.grant.scope
        body = self.server.answer(token.grant, scope)
        if "refresh_token" not in body:
            body["refresh_token"] = self.server.tokens.issue(token.grant, "refresh", token.grant.scope)
        return 200, body, self.TOKEN_RESPONSE_HEADER


class RequiredChallenge(CodeChallenge):  # type: ignore[misc]  # authlib ships no types
    """PKCE with S256 and nothing else (RFC 7636 §4.2): SMART forbids `plain`."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a request without an S256 challenge."""
        check_challenge(grant.request.payload.data)
        super().validate_code_challenge(grant, redirect_uri)


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # authlib ships no types
    """Revocation (RFC 7009): either token ends the whole grant."""

    CLIENT_AUTH_METHODS = ("none",)

    def query_token(self, token_string: str, _token_type_hint: str | None) -> Token | None:
        """Find a token that is still good."""
        found: Token | None = self.server.tokens.find(token_string)
        return found

    def revoke_token(self, token: Token, _request: Any) -> None:
        """End the grant of a token."""
        self.server.tokens.revoke(token.grant)


def check_challenge(parameters: Any) -> None:
    """Require an S256 code challenge.

    Raises:
        OAuth2Error: `invalid_request` otherwise.
    """
    if parameters.get("code_challenge_method") != "S256":
        raise InvalidRequestError("code_challenge_method must be S256")
    if len(parameters.get("code_challenge", "")) != _CHALLENGE_LENGTH:
        raise InvalidRequestError("code_challenge must be the S256 challenge of 43 characters")


__all__ = ["LoopbackRequest", "OAuth2Error", "SmartServer", "check_challenge"]
