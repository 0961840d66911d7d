"""The redirect of a browser sign-in, caught on this machine (RFC 8252 §7.3)."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from store.errors import InvalidInput, SignInRefused
from store.remote.http import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

_PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>portal</title>
<body style="font-family:sans-serif;margin:3rem"><h1>Back to your terminal</h1>
<p>The sign-in page has answered. You can close this window.</p></body></html>
"""
_WAIT_STEP = 0.2
_HTTP_PORT = 80


class Listener:
    """A one-address web server on the loopback interface. Use as a context manager.

    `redirect_uri` None means a free port and a path nobody can guess; else the given address, which must be on
    this machine. Raises InvalidInput when it is not, or its port is taken.
    """

    def __init__(self, redirect_uri: str | None) -> None:
        wanted = urlsplit(f"http://127.0.0.1:0/{secrets.token_urlsafe(12)}")
        port = 0
        if redirect_uri is not None:
            wanted, port = _split(redirect_uri)
        self._path = wanted.path or "/"
        self._found: queue.Queue[str] = queue.Queue()
        try:
            self._server = ThreadingHTTPServer((wanted.hostname or "127.0.0.1", port), self._handler())
        except OSError as error:
            raise InvalidInput(f"port {port} on this machine is taken by another program") from error
        self._server.daemon_threads = True
        self._host = f"{wanted.hostname}:{self._server.server_address[1]}"
        self.redirect_uri = redirect_uri or f"http://{self._host}{self._path}"

    def __enter__(self) -> Listener:  # noqa: PYI034 - not meant to be subclassed
        threading.Thread(target=self._server.serve_forever, args=(_WAIT_STEP,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, is_answer: Callable[[str], bool], seconds: float = 300.0) -> str:
        """The address of the first redirect that `is_answer` accepts; others are passed over.

        Raises SignInRefused when none comes in time.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                redirected = self._found.get(timeout=min(left, _WAIT_STEP))
            except queue.Empty:
                continue
            if is_answer(redirected):
                return redirected
        raise SignInRefused("no answer came from the browser in time")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_ours = urlsplit(self.path).path == listener._path
                is_here = self.headers.get("Host", "") == listener._host
                self.send_response(200 if is_ours and is_here else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                if is_ours and is_here:
                    self.wfile.write(_PAGE)
                    listener._found.put(f"http://{listener._host}{self.path}")

            def log_message(self, *_: object) -> None:
                """Say nothing: the address holds a code."""

        return Handler


def _split(redirect_uri: str) -> tuple[SplitResult, int]:
    """The parts of a given redirect address, and its port. Raises InvalidInput when it is not on this machine."""
    try:
        wanted = urlsplit(redirect_uri)
        if wanted.scheme == "http" and is_loopback(redirect_uri):
            return wanted, _HTTP_PORT if wanted.port is None else wanted.port
    except ValueError as error:
        raise InvalidInput(f"`{redirect_uri}` is not a web address") from error
    raise InvalidInput(f"`{redirect_uri}` is not on this machine, so the browser's answer cannot be caught here")
