"""Clients of the practice portal: any public client that listens on this computer (RFC 8252 §7.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal_cli.sandbox import scopes

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
BUILT_IN = "portal-terminal"
_CLIENT_ID = re.compile(r"^[A-Za-z0-9._:/~\-]{1,200}$")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Client:
    """A public client; the methods are what authlib asks of one."""

    client_id: str

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Accept plain http to loopback, on any port and path, without user info or fragment."""
        return is_loopback(redirect_uri)

    def get_default_redirect_uri(self) -> str | None:
        """There is none: a request names its redirect address."""
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Keep the scopes this portal can give; None when none is left."""
        return " ".join(scopes.offered(scope or "")) or None

    def check_response_type(self, response_type: str) -> bool:
        """Accept the code flow only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Accept what the token endpoint knows; a grant that needs more looks for itself."""
        return grant_type in {"authorization_code", "refresh_token", DEVICE, ASSERTION}

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Accept no client authentication: a native app keeps no secret."""
        return method == "none"


def find_client(client_id: str | None) -> Client | None:
    """Give the client of an id; every well-formed id is one, since this is a portal for practice."""
    return Client(client_id) if client_id and _CLIENT_ID.match(client_id) else None


def is_loopback(redirect_uri: str) -> bool:
    """Say whether an address is plain http to this computer."""
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port
    except ValueError:
        return False
    is_plain = parts.scheme == "http" and not parts.username and not parts.password and not parts.fragment
    has_odd_text = any(character <= " " or character in '\\"<>' for character in redirect_uri)
    return is_plain and parts.hostname in _LOOPBACK and port != 0 and not has_odd_text
