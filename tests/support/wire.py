"""What goes over a wire that tests cut and lie about: calls, answers, and the server that takes and gives them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.support.hostile import ScriptedPortal


@dataclass(frozen=True)
class Call:
    """One request that arrived. `target` is path and query as sent; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query, the last value of each name."""
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def form(self) -> dict[str, str]:
        """The body of a form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Answer:
    """An answer to give. With `hangs_up` the connection is cut after `body`; a status of 0 cuts it before any byte.

    With `declared` the Content-Length says so instead of the truth; `delay` waits so many seconds, or until the
    portal is closed. What `parts` makes is sent chunk by chunk instead of `body`, for as long as somebody listens.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    declared: int | None = None
    delay: float = 0.0
    parts: Callable[[], Iterable[bytes]] | None = None


HANG_UP = Answer(0, hangs_up=True)


class Server(ThreadingHTTPServer):
    """Takes the calls of one portal, and notes each before it is answered."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, portal: ScriptedPortal) -> None:
        self.portal = portal
        self.closing = threading.Event()
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def hang_up(self) -> None:
        """Cut every connection there is."""
        self.closing.set()
        for connection in tuple(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()
            return
        self.close_connection = True

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # whoever asked is gone in the middle of it
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, self.path, headers, body)
        self.server.portal.requests.append(call)
        self._give(self.server.portal.answer(call))

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal of the tests."""

    def _give(self, answer: Answer) -> None:
        if answer.delay:
            self.server.closing.wait(answer.delay)
        if answer.status:
            self._write_head(answer)
            self._write_body(answer)
        if answer.hangs_up:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write_body(self, answer: Answer) -> None:
        if answer.parts is None:
            self.wfile.write(answer.body)
            return
        for part in answer.parts():
            if self.server.closing.is_set():
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _write_head(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        length = len(answer.body) if answer.declared is None else answer.declared
        framing = {"Content-Length": str(length)} if answer.parts is None else {"Transfer-Encoding": "chunked"}
        headers = {**framing, **answer.headers}
        if self.server.portal.serves_date:
            headers = {"Date": self.date_time_string(), **headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
