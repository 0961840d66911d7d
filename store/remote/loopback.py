"""The redirect of a browser sign-in, caught on this machine (RFC 8252 §7.3)."""

from __future__ import annotations

import queue
import secrets
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from store.errors import PortTaken, RedirectElsewhere, SignInRefused
from store.remote.http import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

_PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>portal</title>
<body style="font-family:sans-serif;margin:3rem"><h1>Back to your terminal</h1>
<p>The sign-in page has answered. You can close this window.</p></body></html>
"""
_WAIT_STEP = 0.2
_HTTP_PORT = 80
_MOST_WAITING = 100
_CALLER_SECONDS = 5
_TRIES = 10  # to find a port that is free by two numbers
_NUMBERS = {"localhost": ("127.0.0.1", "::1")}


def _never() -> bool:
    return False


class Listener:
    """A one-address web server on the loopback interface. Use as a context manager.

    `redirect_uri` None means a free port and a path nobody can guess; else the given address, which must be on
    this machine, and may have the port 0 for any free one. `localhost` is both of its numbers, since a browser may
    choose either. Raises RedirectElsewhere when the address is not on this machine, PortTaken when its port is.
    """

    def __init__(self, redirect_uri: str | None) -> None:
        wanted, port = urlsplit(f"http://127.0.0.1:0/{secrets.token_urlsafe(12)}"), 0
        if redirect_uri is not None:
            wanted, port = _split(redirect_uri)
        name = wanted.hostname or "127.0.0.1"
        self._path, self._query = wanted.path or "/", wanted.query
        self._found: queue.Queue[str] = queue.Queue(_MOST_WAITING)
        self._servers = _bound(name, port, self._handler()) if port else _free(name, self._handler())
        shown = f"[{name}]" if ":" in name else name
        real_port = port or int(self._servers[0].server_address[1])
        self._hosts = {f"{shown}:{real_port}", *((shown,) if real_port == _HTTP_PORT else ())}
        self._origin = f"http://{shown}:{real_port}"
        asked = f"?{self._query}" if self._query else ""
        self.redirect_uri = redirect_uri if redirect_uri and port else f"{self._origin}{self._path}{asked}"

    def __enter__(self) -> Listener:  # noqa: PYI034 - not meant to be subclassed
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(_WAIT_STEP,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def wait(
        self, is_answer: Callable[[str], bool], seconds: float = 180.0, should_stop: Callable[[], bool] = _never
    ) -> str:
        """The address of the first redirect that `is_answer` accepts; others are passed over.

        Raises SignInRefused when none comes in time, or nobody waits for it any more.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if should_stop():
                raise SignInRefused("the sign-in was given up")
            try:
                redirected = self._found.get(timeout=min(left, _WAIT_STEP))
            except queue.Empty:
                continue
            if is_answer(redirected):
                return redirected
        raise SignInRefused("no answer came from the browser in time")

    def _is_redirect(self, handler: BaseHTTPRequestHandler) -> bool:
        """Whether a request is a browser that was sent here, to this very address, and not a page's script."""
        asked = urlsplit(handler.path)
        is_ours = asked.path == self._path and (not self._query or asked.query.startswith(f"{self._query}&"))
        return (
            is_ours
            and handler.headers.get_all("Host") in [[host] for host in self._hosts]
            and ("Origin" not in handler.headers)
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _CALLER_SECONDS  # a caller that says nothing is hung up on

            def do_GET(self) -> None:
                is_redirect = listener._is_redirect(self)
                self.send_response(200 if is_redirect else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_PAGE) if is_redirect else 0))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                self.end_headers()
                if is_redirect:
                    self.wfile.write(_PAGE)
                    with suppress(queue.Full):  # so many wait only while they are forged
                        listener._found.put(f"{listener._origin}{self.path}", timeout=_CALLER_SECONDS)

            def log_message(self, *_: object) -> None:
                """Say nothing: the address holds a code."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_port = False  # nobody else may listen here
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Say nothing: a caller that hangs up is no news."""


class _SixServer(_Server):
    address_family = socket.AF_INET6


def _bound(name: str, port: int, handler: type[BaseHTTPRequestHandler]) -> list[_Server]:
    """The servers at each number of a name. Raises PortTaken; of several numbers one may be missing here."""
    servers: list[_Server] = []
    for number in _NUMBERS.get(name, (name,)):
        kind = _SixServer if ":" in number else _Server
        try:
            servers.append(kind((number, port or (servers[0].server_address[1] if servers else 0)), handler))
        except OSError as error:
            if servers and ":" in number and not _has_six():
                continue
            for server in servers:
                server.server_close()
            raise PortTaken(port) from error
    return servers


def _free(name: str, handler: type[BaseHTTPRequestHandler]) -> list[_Server]:
    """The servers at a port that is free at each number of a name. Raises PortTaken when none was found."""
    for _ in range(_TRIES):
        with suppress(PortTaken):
            return _bound(name, 0, handler)
    raise PortTaken(0)


def _has_six() -> bool:
    """Whether this machine has the loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _split(redirect_uri: str) -> tuple[SplitResult, int]:
    """The parts of a given redirect address, and its port. Raises RedirectElsewhere when it is not on this machine."""
    try:
        wanted = urlsplit(redirect_uri)
        if wanted.scheme == "http" and is_loopback(redirect_uri):
            return wanted, _HTTP_PORT if wanted.port is None else wanted.port
    except ValueError as error:
        raise RedirectElsewhere(f"`{redirect_uri}` is not a web address") from error
    raise RedirectElsewhere(f"`{redirect_uri}` is not on this machine, so the browser's answer cannot be caught here")
