"""A portal is spoken with only when its certificate proves who it is, and never in clear."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Self

import pytest
import trustme

from store.errors import BadAnswer, InsecureAddress, Unreachable
from store.remote import discovery, oauth
from store.remote import http as door
from store.remote.http import Http, Request
from tests.support.hostile import ScriptedPortal
from tests.support.wire import Answer

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)


class Secure:
    """A portal behind TLS, which counts what it is asked."""

    def __init__(self, certificate: trustme.LeafCert, least: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> None:
        self.asked: list[str] = []
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                portal.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(HTTPServer):
            def handle_error(self, *_: object) -> None:
                """Say nothing of callers that turn away."""

        self._server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_3 if least >= ssl.TLSVersion.TLSv1_2 else least
        certificate.configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.base_url = f"https://localhost:{self._server.server_address[1]}/fhir"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this computer trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setattr("certifi.where", lambda: str(tmp_path / "trusted.pem"))
    return made


def ask(portal: Secure) -> door.Answer:
    with closing(Http(portal.base_url, 5.0)) as line:
        return line.send(Request("GET", f"{portal.base_url}/x", token="secret"))


def test_a_certificate_that_proves_its_portal_is_taken(authority: trustme.CA) -> None:
    with Secure(authority.issue_cert("localhost")) as portal:
        assert ask(portal).is_ok
    assert portal.asked == ["/fhir/x"]


@pytest.mark.parametrize("which", ["self-signed", "expired", "not yet", "wrong host"])
def test_a_certificate_that_proves_nothing_is_refused_before_anything_is_said(
    authority: trustme.CA, which: str
) -> None:
    certificates = {
        "self-signed": trustme.CA().issue_cert("localhost"),
        "expired": authority.issue_cert("localhost", not_after=NOW - DAY),
        "not yet": authority.issue_cert("localhost", not_before=NOW + DAY),
        "wrong host": authority.issue_cert("portal.example"),
    }
    with Secure(certificates[which]) as portal, pytest.raises(Unreachable):
        ask(portal)
    assert portal.asked == []


def test_an_old_protocol_is_refused(authority: trustme.CA) -> None:
    with Secure(authority.issue_cert("localhost"), ssl.TLSVersion.TLSv1_1) as portal, pytest.raises(Unreachable):
        ask(portal)
    assert portal.asked == []


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint"])
def test_a_portal_that_describes_a_part_of_its_sign_in_in_clear_is_refused(name: str) -> None:
    described = {"authorization_endpoint": "https://portal.example/a", "token_endpoint": "https://portal.example/t"}
    described[name] = "http://portal.example/x"
    body = str(described).replace("'", '"').encode()
    with pytest.raises(InsecureAddress, match="in clear"):
        discovery.read_smart(body, "https://portal.example/fhir")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_at_the_token_endpoint_is_not_followed(portal: ScriptedPortal, status: int) -> None:
    with ScriptedPortal() as elsewhere, closing(Http(portal.base_url, 5.0)) as line:
        smart = discovery.read_smart(
            f'{{"authorization_endpoint":"{portal.origin}/a","token_endpoint":"{portal.origin}/auth/token"}}'.encode(),
            portal.base_url,
        )
        portal.behaviours["/auth/token"] = Answer(status, headers={"Location": f"{elsewhere.origin}/auth/token"})
        with pytest.raises(BadAnswer, match=str(status)):
            oauth.refresh(line, smart, "me", "refresh-0", "")
        assert elsewhere.requests == []
