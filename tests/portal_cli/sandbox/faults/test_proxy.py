"""Connections that break, on real sockets."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from portal_cli.sandbox.faults.kinds import MOMENTS
from portal_cli.sandbox.faults.proxy import half_of
from portal_cli.sandbox.server import Sandbox, SandboxError, SandboxOptions
from tests.portal_cli.sandbox.conftest import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TASK = '{"resourceType":"Task","status":"requested","intent":"proposal","for":{"reference":"Patient/ada"}}'


@pytest.fixture
def running(open_sandbox: Callable[..., Sandbox]) -> Iterator[Sandbox]:
    with open_sandbox(faults="") as sandbox:
        yield sandbox


@pytest.fixture
def line(running: Sandbox) -> Iterator[httpx.Client]:
    """A line to the portal, signed in."""
    token = Caller(running).tokens["access_token"]
    with httpx.Client(base_url=running.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
        yield client


def exchange(sandbox: Sandbox, content: bytes) -> bytes:
    """Send bytes to the portal and give all that comes back."""
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.base_url).port or 0), 20) as connection:
        connection.sendall(content)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def tasks(line: httpx.Client) -> int:
    found: int = line.get("/Task?patient=ada").json()["total"]
    return found


def test_without_a_fault_everything_passes_through(line: httpx.Client, running: Sandbox) -> None:
    assert line.get("/Patient/ada").json()["id"] == "ada"
    assert line.post("/Task", content=TASK).status_code == 201
    assert line.get("/Task?patient=ada").json()["link"][0]["url"].startswith(running.base_url)
    assert running.faults.counts() == {}


@pytest.mark.parametrize("manner", ["cut", "reset"])
@pytest.mark.parametrize(("moment", "done"), [("before", 0), ("during", 1), ("after", 1)])
def test_a_write_whose_connection_breaks_was_done_or_not(
    line: httpx.Client, running: Sandbox, manner: str, moment: str, done: int
) -> None:
    running.faults.once(f"{manner}-{moment}", method="POST")
    with pytest.raises(httpx.TransportError):
        line.post("/Task", content=TASK)
    assert tasks(line) == done
    assert running.faults.counts() == {f"{manner}-{moment}": 1}


@pytest.mark.parametrize("when", MOMENTS)
def test_the_next_request_of_a_method_can_be_cut(line: httpx.Client, running: Sandbox, when: str) -> None:
    running.faults.cut_next(when, method="POST")
    assert line.get("/Patient/ada").status_code == 200
    with pytest.raises(httpx.TransportError):
        line.post("/Task", content=TASK)
    assert line.post("/Task", content=TASK).status_code == 201


def test_the_sign_in_is_cut_when_it_is_asked_for_by_its_path(running: Sandbox) -> None:
    running.faults.cut_next("before", path="/auth/jwks")
    origin = running.base_url.removesuffix("/fhir")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{origin}/auth/jwks.json")
    assert httpx.get(f"{origin}/auth/jwks.json").status_code == 200


def test_a_cut_in_the_middle_leaves_a_body_that_is_too_short(line: httpx.Client, running: Sandbox) -> None:
    head, whole = _ask(running, line)
    running.faults.cut_next("during")
    short_head, short = _ask(running, line)
    assert short_head.partition(b"\r\n")[0] == head.partition(b"\r\n")[0] == b"HTTP/1.1 200 OK"
    assert whole.startswith(short)
    assert len(short) == len(whole) // 2


def test_a_cut_leaves_nothing_and_a_reset_is_one(running: Sandbox, line: httpx.Client) -> None:
    running.faults.cut_next("after")
    assert exchange(running, _request(line)) == b""
    running.faults.once("reset-after")
    with pytest.raises(ConnectionResetError):
        exchange(running, _request(line))


def test_an_answer_trickles_in_and_is_whole(running: Sandbox, line: httpx.Client) -> None:
    whole = line.get("/Patient/ada").content
    running.faults.once("trickle")
    with line.stream("GET", "/Patient/ada") as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == whole
    assert len(pieces) > 5


def test_faults_by_chance_break_the_share_that_was_asked_for(
    open_sandbox: Callable[..., Sandbox],
) -> None:
    with open_sandbox(faults="reset=100%") as sandbox:
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{sandbox.base_url}/metadata")
        assert httpx.get(f"{sandbox.base_url}/.well-known/smart-configuration").status_code == 200
        sandbox.faults.clear()
        assert httpx.get(f"{sandbox.base_url}/metadata").status_code == 200


def test_a_request_without_a_length_is_refused(running: Sandbox) -> None:
    asked = b"POST /fhir/Task HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert exchange(running, asked).startswith(b"HTTP/1.1 411 ")


@pytest.mark.parametrize("content", [b"\r\n", b"GET", b"x" * 70_000 + b"\r\n\r\n"])
def test_what_is_no_request_ends_the_connection(running: Sandbox, content: bytes) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(running.base_url).port or 0), 20) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        try:
            assert connection.recv(100) == b""
        except ConnectionResetError:  # what was not read is answered with a reset
            return


def test_it_listens_on_the_port_that_was_asked_for_and_says_when_it_is_taken(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps({"resourceType": "Patient", "id": "p"}))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(SandboxError, match=f"port {port} is in use"):
            Sandbox(SandboxOptions(port=port, load=tmp_path, faults="cut=1%")).start()
    with Sandbox(SandboxOptions(port=port, load=tmp_path, faults="cut=0%")) as sandbox:
        assert sandbox.base_url == f"http://127.0.0.1:{port}/fhir"
        assert httpx.get(f"{sandbox.base_url}/metadata").status_code == 200
    assert _is_free(port)


def test_it_comes_back_on_the_port_that_a_file_remembers(tmp_path: Path) -> None:
    options = SandboxOptions(file=tmp_path / "portal.db", faults="")
    addresses = []
    for _ in range(2):
        with Sandbox(options) as sandbox:
            addresses.append(sandbox.base_url)
            assert httpx.get(f"{sandbox.base_url}/.well-known/smart-configuration").json()["issuer"] == addresses[0]
    assert addresses[0] == addresses[1]


def test_stopping_ends_connections_that_wait(open_sandbox: Callable[..., Sandbox]) -> None:
    with open_sandbox(faults="") as sandbox:
        waiting = socket.create_connection(("127.0.0.1", urlsplit(sandbox.base_url).port or 0), 20)
        waiting.sendall(b"GET /fhir/metadata HTTP/1.1\r\n")
        assert httpx.get(f"{sandbox.base_url}/metadata").status_code == 200
    with waiting:
        assert waiting.recv(100) == b""


def test_the_middle_of_an_answer_is_in_its_body_if_it_has_one() -> None:
    assert half_of(b"HTTP/1.1 200 OK\r\n\r\n12345678") == 23
    assert half_of(b"HTTP/1.1 204 No Content\r\n\r\n") == 11


def _request(line: httpx.Client) -> bytes:
    token = line.headers["Authorization"]
    return f"GET /fhir/Patient/ada HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\n\r\n".encode()


def _ask(sandbox: Sandbox, line: httpx.Client) -> tuple[bytes, bytes]:
    head, _, body = exchange(sandbox, _request(line)).partition(b"\r\n\r\n")
    return head, body


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
