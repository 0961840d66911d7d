"""Looks at a portal from outside, without signing in: its certificate, its clock, and what its sign-in page says."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from store.errors import Unreachable
from store.remote import oauth
from store.remote.http import Request, origin_of
from store.remote.trust import certificates

if TYPE_CHECKING:
    from store.remote.discovery import Smart
    from store.remote.http import Answer, Http

_REFUSALS = (
    "invalid_client",
    "unauthorized_client",
    "invalid client",
    "unknown client",
    "redirect_uri",
    "redirect uri",
)
_ERROR = 400


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was found good: the version of TLS, and how many days it holds."""

    protocol: str
    days: int


def certificate(base_url: str, timeout: float) -> Certificate | None:
    """Look at the certificate of an https address; None for an address on this computer without one.

    Raises Unreachable, with the certificate's own fault in its words.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "https":
        return None
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            closing(socket.create_connection((host, port), timeout)) as plain,
            certificates().wrap_socket(plain, server_hostname=host) as secured,
        ):
            ends = ssl.cert_time_to_seconds(str((secured.getpeercert() or {}).get("notAfter")))
            return Certificate(secured.version() or "", int((ends - time.time()) // 86_400))
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            origin_of(base_url), f"its certificate is not good ({error.verify_message})", sent=False
        ) from error
    except (OSError, ValueError) as error:
        raise Unreachable(origin_of(base_url), "no secure connection", sent=False) from error


def skew(answer: Answer, now: float) -> float | None:
    """How many seconds the portal's clock is ahead of ours by the Date of an answer; None where it has none."""
    try:
        return parsedate_to_datetime(answer.headers["date"]).timestamp() - now
    except (KeyError, ValueError, TypeError):
        return None


def refusal(http: Http, smart: Smart, client_id: str, redirect_uri: str, scope: str, base_url: str) -> str:
    """What a portal's sign-in page says against a client id or redirect address; empty when it says nothing.

    The sign-in is begun and left there: no page is followed, and nothing is typed. Raises Unreachable, BadAnswer.
    """
    attempt = oauth.begin(client_id, redirect_uri, scope, base_url)
    answer = http.send(Request("GET", oauth.authorization_url(smart, attempt), {"Accept": "text/html"}, most=1 << 20))
    location = answer.headers.get("location", "")
    told = parse_qs(urlsplit(location).query)
    if "error" in told:
        return " ".join([*told["error"], *told.get("error_description", [])])
    if answer.status < _ERROR:
        return ""
    body = answer.body[:20_000].decode("utf-8", "replace").lower()
    words = next((word for word in _REFUSALS if word in body), "")
    return f"HTTP status {answer.status}{f', {words}' if words else ''}"
