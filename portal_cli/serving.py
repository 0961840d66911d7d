"""The dashboard in a browser of this computer, behind an address that opens once and for one browser alone."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import shlex
import socket
import sys
from typing import TYPE_CHECKING

from portal_cli import diagnostics
from portal_cli.problems import Misused
from store.errors import ExtraMissing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from aiohttp import web
    from aiohttp.typedefs import Middleware

    Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HOST = "127.0.0.1"
_NEEDED = frozenset({"textual_serve", "aiohttp", "aiohttp_jinja2", "jinja2"})
_COOKIE = "portal-dashboard"
_ENTRANCE = "/enter/"
_REFUSED = "This address has been used already, or is not the one that `portal dashboard --web` has printed.\n"
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "font-src 'self'; connect-src 'self' ws://{host}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_LINKS = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_HOSTS = re.compile(r"""=\s*["']?(?:\w+:)?//([^/"'?#\s>]*)""")


class Gate:
    """Lets one browser in: whoever brings the token first gets a cookie, and without it nothing is shown.

    `host` is the name and port that a browser has to ask for, so that no page of another name can be made to.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        self._token: str | None = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)

    @property
    def address(self) -> str:
        """The address that opens the dashboard, once."""
        return f"http://{self.host}{_ENTRANCE}{self._token}"

    def redeem(self, token: str) -> str | None:
        """The cookie for whoever brings the token, the first time; None for anybody else."""
        if self._token is None or not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        self._token = None
        return self._cookie

    def is_known(self, cookie: str | None) -> bool:
        """Whether a browser was let in."""
        return (
            self._token is None and cookie is not None and hmac.compare_digest(cookie.encode(), self._cookie.encode())
        )

    def is_ours(self, host: str, origin: str | None, *, is_socket: bool) -> bool:
        """Whether a request is meant for us, and comes from no page of anybody else; a web socket says where from."""
        return host == self.host and (origin == f"http://{self.host}" or (origin is None and not is_socket))


def serve(port: int, mark: str) -> None:
    """Show the dashboard in a browser until Ctrl-C. `mark` is a variable that tells a dashboard that it is served."""
    try:
        from textual_serve.server import Server  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        raise ExtraMissing("the dashboard in a browser", "web") from error
    from aiohttp import web  # noqa: PLC0415 - comes with it

    listener = _listener(port)
    gate = Gate(f"{_HOST}:{listener.getsockname()[1]}")

    class Guarded(Server):
        """textual-serve's server, with the gate in front of all of it."""

        async def made(self) -> web.Application:
            """The server's application, behind the gate."""
            found = await self._make_app()
            found.middlewares.append(_guard(gate))
            found.router.add_get(_ENTRANCE + "{token}", _enter(gate))
            return found

        async def handle_index(self, request: web.Request) -> web.StreamResponse:
            """The page, without what it would fetch from elsewhere."""
            answer = await super().handle_index(request)
            if isinstance(answer, web.Response):
                answer.text = at_home(answer.text or "", gate.host)
            return answer

        async def on_startup(self, app: web.Application) -> None:
            """Say nothing yet: nobody is listened to."""

    def tell(*_: object) -> None:
        diagnostics.note("Open this address in a browser on this computer; it opens once:")
        diagnostics.note(gate.address)
        diagnostics.note("Ctrl-C ends it.")

    os.environ[mark] = "1"
    command = shlex.join([sys.executable, "-m", "portal_cli", "dashboard"])
    server = Guarded(command, _HOST, listener.getsockname()[1], title="portal", public_url=f"http://{gate.host}")
    web.run_app(server.made(), sock=listener, print=tell, access_log=None)


def at_home(page: str, host: str) -> str:
    """A page without its links to anywhere but our own host: no request of it leaves this computer."""

    def kept(tag: re.Match[str]) -> str:
        return tag[0] if all(found == host for found in _HOSTS.findall(tag[0])) else ""

    return _LINKS.sub(kept, page)


def _listener(port: int) -> socket.socket:
    """A socket that listens at a port. Raises Misused when another program does, or when it is not ours to take."""
    try:
        return socket.create_server((_HOST, port), backlog=16)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise Misused(
            f"port {port} of this computer cannot be listened at: {why}",
            "Name another with `--port`, or leave it out for any free one.",
        ) from error


def _guard(gate: Gate) -> Middleware:
    from aiohttp import web  # noqa: PLC0415 - an extra

    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = request.headers.getall("Host", [])
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        if len(hosts) != 1 or not gate.is_ours(hosts[0], request.headers.get("Origin"), is_socket=is_socket):
            return web.Response(status=403, text="Not from there.\n")
        if not request.path.startswith(_ENTRANCE) and not gate.is_known(request.cookies.get(_COOKIE)):
            return web.Response(status=403, text=_REFUSED)
        return await handler(request)

    @web.middleware
    async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await guard(request, handler)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = _POLICY.format(host=gate.host)
            answer.headers["Referrer-Policy"] = "no-referrer"
            answer.headers["X-Content-Type-Options"] = "nosniff"
            answer.headers["Cache-Control"] = "no-store"
        return answer

    return protect


def _enter(gate: Gate) -> Handler:
    from aiohttp import web  # noqa: PLC0415 - an extra

    async def enter(request: web.Request) -> web.StreamResponse:
        cookie = gate.redeem(request.match_info["token"])
        if cookie is None:
            return web.Response(status=403, text=_REFUSED)
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(_COOKIE, cookie, httponly=True, samesite="Strict", path="/")
        return answer

    return enter
