"""A small TCP proxy on this computer that breaks connections: what a WSGI application cannot do."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.faults.kinds import Place, kinds_of

if TYPE_CHECKING:
    from io import BufferedIOBase

    from portal_cli.sandbox.faults.faults import Faults

_KINDS = kinds_of(Place.WIRE)
_LONGEST_LINE = 1 << 16
_MOST_LINES = 200
_LONGEST_WAIT = 120.0
_CHUNK = 1 << 16
_PIECES = 40
_PAUSE = 0.05
_END = b"\r\n\r\n"
_NO_LENGTH = b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Message:
    """One request as it came over the wire, made to ask for a connection of its own."""

    method: str
    path: str
    content: bytes


class Proxy(socketserver.ThreadingTCPServer):
    """Stands at `port`, passes each request on to the portal at another, and breaks what `faults` says.

    Raises:
        OSError: When the port is taken.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, behind: int, faults: Faults) -> None:
        self.behind = (host, behind)
        self.faults = faults
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__((host, port), Passing)
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="fault proxy", daemon=True)

    def start(self) -> None:
        """Begin to pass requests on, in threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and close every connection."""
        self.stopped.set()
        if self._thread.is_alive():
            self.shutdown()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note a connection, then serve it in a thread."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection without the farewell that would hide a reset."""
        with self._lock:
            self._open.discard(request)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: apps hang up, and so does the portal when it stops."""


class Passing(socketserver.StreamRequestHandler):
    """One connection: one request and its answer, or what a fault leaves of it."""

    timeout = _LONGEST_WAIT
    server: Proxy

    def handle(self) -> None:
        """Pass one request on."""
        message = read_message(self.rfile)
        if message is None:
            return
        if not message.content:
            self.wfile.write(_NO_LENGTH)
            return
        fault = self.server.faults.draw(_KINDS, message.method, message.path) or ""
        manner, _, moment = fault.partition("-")
        if moment != "before":
            answer = self._ask(message)
            if moment != "after":
                self._give(answer, manner, is_whole=moment != "during")
        if manner == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _ask(self, message: Message) -> bytes:
        with socket.create_connection(self.server.behind, _LONGEST_WAIT) as portal:
            portal.sendall(message.content)
            parts = iter(lambda: portal.recv(_CHUNK), b"")
            return b"".join(parts)

    def _give(self, answer: bytes, manner: str, *, is_whole: bool) -> None:
        if not is_whole:
            answer = answer[: half_of(answer)]
        if manner != "trickle":
            self.wfile.write(answer)
            return
        size = max(1, len(answer) // _PIECES)
        for begin in range(0, len(answer), size):
            self.wfile.write(answer[begin : begin + size])
            if self.server.stopped.wait(_PAUSE):
                return


def read_message(stream: BufferedIOBase) -> Message | None:
    """Read one HTTP/1.1 request; None when the connection ended before. Its content is empty without a length."""
    lines: list[bytes] = []
    length = 0
    has_length = True
    while len(lines) < _MOST_LINES:
        line = stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            return None
        if line in {b"\r\n", b"\n"}:
            break
        name, _, value = line.partition(b":")
        match name.strip().lower():
            case b"content-length" if value.strip().isdigit():
                length = int(value)
            case b"transfer-encoding":
                has_length = False
            case b"connection" | b"keep-alive":
                continue
        lines.append(line)
    if not lines:
        return None
    method, _, rest = lines[0].decode("latin-1").partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    head = b"".join(lines) + b"Connection: close" + _END
    return Message(method, path, head + stream.read(length) if has_length else b"")


def half_of(answer: bytes) -> int:
    """Say where the middle of an answer is: of its body, or of its head when it has none."""
    head, _, body = answer.partition(_END)
    return len(head) + len(_END) + len(body) // 2 if body else len(head) // 2


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
