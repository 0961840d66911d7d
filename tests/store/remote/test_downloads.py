from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import os
import resource
import ssl
import zlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from store.errors import BadAnswer, InsecureAddress, Rejected, SignInNeeded, Unreachable
from store.remote import binary, downloads
from store.remote.downloads import Downloads
from store.remote.http import Http
from tests.support.hostile import ScriptedPortal, outcome
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.hostile import Behaviour

FHIR = {"Content-Type": "application/fhir+json;charset=utf-8"}
PDF = {"Content-Type": "application/pdf"}


@dataclass
class Tokens:
    token: str = "access-1"
    renewed: int = 0

    def current(self) -> str:
        return self.token

    def renew(self, stale: str) -> str:
        assert stale == self.token
        self.renewed += 1
        if self.renewed > 1:
            raise SignInNeeded
        self.token = "access-2"
        return self.token


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def line(portal: ScriptedPortal, tokens: Tokens) -> Iterator[Downloads]:
    with closing(Http(portal.base_url, 5.0)) as http:
        yield Downloads(http, tokens, "portal.example")


@pytest.fixture
def other() -> Iterator[ScriptedPortal]:
    with ScriptedPortal() as running:
        yield running


def serve(portal: ScriptedPortal, behaviour: Behaviour | Answer) -> str:
    portal.behaviours["/fhir/Binary/1"] = behaviour
    return f"{portal.base_url}/Binary/1"


def fetch(line: Downloads, address: str, wanted: str = "application/pdf") -> tuple[bytes, str]:
    parts, found = [], line.fetch(address, wanted)
    while True:
        try:
            parts.append(next(found))
        except StopIteration as end:
            return b"".join(parts), end.value


def wrapped(content: bytes, **more: object) -> bytes:
    data = base64.b64encode(content).decode()
    return json.dumps({"resourceType": "Binary", "contentType": "image/png", "data": data, **more}).encode()


def test_bytes_arrive_as_they_are_with_the_type_they_came_with(portal: ScriptedPortal, line: Downloads) -> None:
    for content in (b"", b"x", os.urandom(300_000)):
        assert fetch(line, serve(portal, Answer(200, content, PDF))) == (content, "application/pdf")
    asked = portal.requests[-1].headers
    assert asked["accept"] == "application/pdf, application/fhir+json;q=0.9, */*;q=0.8"
    assert asked["authorization"] == "Bearer access-1"


def test_a_type_that_is_none_is_not_asked_for(portal: ScriptedPortal, line: Downloads) -> None:
    address = serve(portal, Answer(200, b"x"))
    assert fetch(line, address, "a\r\nX-Odd: 1") == (b"x", "a\r\nX-Odd: 1")
    assert fetch(line, address, "") == (b"x", "application/octet-stream")
    assert portal.requests[0].headers["accept"] == "application/fhir+json;q=0.9, */*;q=0.8"
    assert "x-odd" not in portal.requests[0].headers


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/json+fhir; charset=utf-8", "application/json"])
def test_a_binary_is_opened_whatever_its_json_looks_like(portal: ScriptedPortal, line: Downloads, kind: str) -> None:
    content = os.urandom(200_001)
    data = base64.b64encode(content)
    broken = b"\\r\\n".join(data[place : place + 76] for place in range(0, len(data), 76))
    for body in (
        wrapped(content, id="b"),
        b"\xef\xbb\xbf" + wrapped(content),
        b'{"contentType":"image/png","data" :\n "'
        + data.replace(b"/", b"\\/")
        + b'","id":"data","resourceType":"Binary"}',
        b'{"meta":{"data":"no"},"data":"' + broken + b'","resourceType":"Binary","contentType":"image/png"}',
        b'{"resourceType":"Binary","contentType":"image/png","data":"' + data.replace(b"+", b"\\u002B") + b'"}',
    ):
        assert fetch(line, serve(portal, Answer(200, body, {"Content-Type": kind}))) == (content, "image/png")


@pytest.mark.parametrize("size", range(1, 9))
def test_a_binary_is_opened_wherever_its_pieces_are_cut(size: int) -> None:
    body = b'{"data":"' + base64.b64encode(b"\xfb\xff\xfe" * 9).replace(b"/", b"\\/").replace(b"+", b"\\u002b")
    body += b'","resourceType":"Binary"}'
    found = binary.opened(iter([body[place : place + size] for place in range(0, len(body), size)]), "x")
    assert b"".join(found) == b"\xfb\xff\xfe" * 9


def test_an_empty_binary_is_an_empty_document(portal: ScriptedPortal, line: Downloads) -> None:
    for body in (wrapped(b""), b'{"resourceType":"Binary","contentType":"image/png"}'):
        assert fetch(line, serve(portal, Answer(200, body, FHIR))) == (b"", "image/png")


def test_json_that_is_no_binary_is_the_content_itself(portal: ScriptedPortal, line: Downloads) -> None:
    bundle = b'{"resourceType":"Bundle","entry":["' + b"x" * 100_000 + b'"]}'
    for body in (b'{"resourceType":"Patient"}', bundle, b"[1, 2]"):
        assert fetch(line, serve(portal, Answer(200, body, FHIR)))[0] == body
    own = b'{"data":"not base64"}'
    address = serve(portal, Answer(200, own, {"Content-Type": "application/json"}))
    assert fetch(line, address, "application/json") == (own, "application/json")


@pytest.mark.parametrize(
    "body",
    [
        wrapped(b"x" * 1000)[:-5],
        wrapped(b"x" * 1000)[:200],
        b'{"data":"eA==","resourceType":"Patient"}',
        b'{"resourceType":"Binary","data":"eA==eA=="}',
        b'{"resourceType":"Binary","data":"eAA=eAAA"}',
        b'{"resourceType":"Binary","data":"eA"}',
        b'{"resourceType":"Binary","data":"\xc3\xa4\xc3\xa4"}',
        b'{"resourceType":"Binary","data":"e\\"=="}',
        b'{"resourceType":"Binary","data":"eA==","x":"' + b"y" * 200_000 + b'"}',
        b'{"resourceType":"OperationOutcome","issue":[]}',
    ],
    ids=["no end", "cut", "patient", "twice", "padded inside", "short", "no base64", "quote", "more", "outcome"],
)
def test_a_binary_that_is_not_whole_is_refused(portal: ScriptedPortal, line: Downloads, body: bytes) -> None:
    with pytest.raises(BadAnswer):
        fetch(line, serve(portal, Answer(200, body, FHIR)))


def test_what_is_too_large_is_refused_raw_and_wrapped(
    portal: ScriptedPortal, line: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 1 << 20)
    for size, fits in ((1 << 20, True), ((1 << 20) + 1, False)):
        content = os.urandom(size)
        for answer in (Answer(200, content, PDF), Answer(200, wrapped(content), FHIR)):
            if fits:
                assert fetch(line, serve(portal, answer))[0] == content
            else:
                with pytest.raises(BadAnswer, match="larger than 1 MB"):
                    fetch(line, serve(portal, answer))


@pytest.mark.parametrize("headers", [PDF, FHIR])
def test_a_decompression_bomb_is_refused_in_little_memory(
    portal: ScriptedPortal, line: Downloads, headers: dict[str, str]
) -> None:
    packer = zlib.compressobj(9, wbits=31)
    block = b"A" * (1 << 20)
    head = packer.compress(b'{"resourceType":"Binary","data":"')
    bomb = head + b"".join(packer.compress(block) for _ in range(300)) + packer.flush()
    address = serve(portal, Answer(200, bomb, {**headers, "Content-Encoding": "gzip"}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadAnswer, match="far larger"):
        for _ in line.fetch(address):
            pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_a_body_that_breaks_off_or_has_another_length_is_refused(portal: ScriptedPortal, line: Downloads) -> None:
    for answer in (HANG_UP, Answer(200, b"half", declared=100, hangs_up=True)):
        with pytest.raises(Unreachable, match="broke off"):
            fetch(line, serve(portal, answer))
    packed = gzip.compress(os.urandom(10_000))[:-20]
    with pytest.raises(BadAnswer, match="not complete"):
        fetch(line, serve(portal, Answer(200, packed, {"Content-Encoding": "gzip"})))


def test_a_portal_that_is_busy_is_asked_again_before_the_first_byte(portal: ScriptedPortal, line: Downloads) -> None:
    left = [Answer(503, b"no"), Answer(429, b"no"), Answer(200, b"now", PDF)]
    assert fetch(line, serve(portal, lambda _: left.pop(0)))[0] == b"now"
    with pytest.raises(BadAnswer, match="503"):
        fetch(line, serve(portal, Answer(503, b"no")))
    with pytest.raises(Rejected, match="429"):
        fetch(line, serve(portal, Answer(429, b"no")))


def test_a_token_is_renewed_once(portal: ScriptedPortal, line: Downloads, tokens: Tokens) -> None:
    address = serve(
        portal, lambda call: Answer(200 if call.headers["authorization"] == "Bearer access-2" else 401, b"x", PDF)
    )
    assert fetch(line, address)[0] == b"x"
    assert tokens.renewed == 1
    with pytest.raises(SignInNeeded):
        fetch(line, serve(portal, Answer(401)))


def test_a_refusal_is_told_in_the_portals_own_words(portal: ScriptedPortal, line: Downloads) -> None:
    with pytest.raises(Rejected, match=r"portal.example refused the request \(HTTP 403\): not for you"):
        fetch(line, serve(portal, outcome(403, "not for you")))
    with pytest.raises(Rejected, match="404"):
        fetch(line, serve(portal, Answer(404, b"half", declared=100, hangs_up=True)))
    for status in (204, 206, 304, 500):
        with pytest.raises(BadAnswer, match=str(status)):
            fetch(line, serve(portal, Answer(status)))


def secret_headers(portal: ScriptedPortal) -> set[str]:
    sent = {name for call in portal.requests for name in call.headers}
    return sent - {"host", "accept", "accept-encoding", "connection", "user-agent"}


def test_another_server_gets_no_token_no_cookie_and_no_other_header(
    portal: ScriptedPortal, other: ScriptedPortal, line: Downloads
) -> None:
    fetch(line, serve(portal, Answer(200, b"x", {**PDF, "Set-Cookie": "session=secret"})))
    assert fetch(line, serve(other, Answer(200, b"from there", PDF)))[0] == b"from there"
    assert len(other.requests) == 1
    assert secret_headers(other) == set()
    assert other.requests[0].headers["host"] == other.origin.removeprefix("http://")
    with pytest.raises(Rejected, match=other.origin):
        fetch(line, serve(other, Answer(401)))
    assert secret_headers(other) == set()


def test_a_redirect_is_followed_with_a_token_on_the_portal_and_without_one_from_there_on(
    portal: ScriptedPortal, other: ScriptedPortal, line: Downloads
) -> None:
    portal.behaviours["/fhir/moved"] = Answer(302, headers={"Location": f"{other.base_url}/Binary/1#x"})
    portal.behaviours["/fhir/back"] = Answer(200, b"x", PDF)
    serve(other, Answer(307, headers={"Location": f"{portal.base_url}/back"}))
    assert fetch(line, serve(portal, Answer(301, headers={"Location": "../moved"})))[0] == b"x"
    assert [call.headers.get("authorization") for call in portal.requests] == ["Bearer access-1"] * 2 + [None]
    assert secret_headers(other) == set()


def test_a_redirect_that_leads_nowhere_or_round_in_a_circle_is_refused(portal: ScriptedPortal, line: Downloads) -> None:
    with pytest.raises(BadAnswer, match="again and again"):
        fetch(line, serve(portal, Answer(302, headers={"Location": "1"})))
    assert len(portal.requests) == 4
    with pytest.raises(BadAnswer, match="does not say where"):
        fetch(line, serve(portal, Answer(302)))
    for target in ("http://portal.example/x", "ftp://portal.example/", "http://[x", "urn:uuid:1"):
        with pytest.raises(InsecureAddress):
            fetch(line, serve(portal, Answer(302, headers={"Location": target})))


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "192.168.0.1", "127.0.0.2"])
def test_a_private_address_is_refused_at_once_and_by_a_redirect(
    portal: ScriptedPortal, line: Downloads, host: str
) -> None:
    target = f"https://{host}/latest"
    with pytest.raises(InsecureAddress, match="private network"):
        fetch(line, target)
    with pytest.raises(InsecureAddress, match="private network"):
        fetch(line, serve(portal, Answer(302, headers={"Location": target})))


def test_a_name_is_looked_up_once_and_asked_where_it_led(portal: ScriptedPortal, other: ScriptedPortal) -> None:
    asked: list[str] = []

    def look_up(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.9", "127.0.0.1"]

    address = serve(other, Answer(200, b"x", PDF)).replace("127.0.0.1", "localhost")
    with closing(Http(portal.base_url, 5.0)) as http:
        assert fetch(Downloads(http, Tokens(), "x", look_up), address)[0] == b"x"
    assert asked == ["localhost", "127.0.0.1"]  # the second is the portal, whose own address it is
    assert other.requests[0].headers["host"].startswith("localhost:")


def test_a_server_that_was_looked_up_still_has_to_prove_its_name(
    portal: ScriptedPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed("files.example", tmp_path)
    monkeypatch.setattr("certifi.where", lambda: str(certificate))
    with ScriptedPortal() as secure, closing(Http(portal.base_url, 5.0)) as http:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        secure._server.socket = context.wrap_socket(secure._server.socket, server_side=True)
        serve(secure, Answer(200, b"x", PDF))
        port = secure.origin.rpartition(":")[2]
        line = Downloads(http, Tokens(), "x", lambda _: ["127.0.0.1"])
        assert fetch(line, f"https://files.example:{port}/fhir/Binary/1")[0] == b"x"
        with pytest.raises(Unreachable, match="no connection"):
            fetch(line, f"https://other.example:{port}/fhir/Binary/1")
        assert len(secure.requests) == 1


def self_signed(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file
