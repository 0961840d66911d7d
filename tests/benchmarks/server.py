"""A portal as light as can be, in a process of its own: pages of bytes that were made before the clock starts.

`python -m tests.benchmarks.server [--resources N] [--page N] [--streams N] [--latency MS] [--undeclared]` prints its
base URL and serves until its input ends. It takes any sign-in and any token, and serves pages of its own size. With
`--undeclared` it does not know `_lastUpdated`. A benchmark talks to it by GET under `/control/`: `latency?ms=200`,
`change?count=K` (the first K resources get another version), and `requests`, which counts what came since it was asked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks import charts

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_END = b"\r\n\r\n"
_FHIR = "application/fhir+json"


@dataclass
class Portal:
    """What is served: pages by type, what has changed since they were made, and how many requests came."""

    origin: str
    resources: int
    page: int
    streams: tuple[str, ...]
    is_declared: bool = True
    latency: float = 0.0
    pages: dict[str, list[bytes]] = field(default_factory=dict)
    changed: dict[str, dict[int, tuple[float, bytes]]] = field(default_factory=dict)
    requests: int = 0
    control: int = 0

    def build(self) -> None:
        """Make every page."""
        each, more = divmod(self.resources, len(self.streams))
        for place, type_name in enumerate(self.streams):
            count = each + (place < more)
            starts = range(0, max(count, 1), self.page)
            self.pages[type_name] = [
                self._page(type_name, number, range(start, min(start + self.page, count)), count)
                for number, start in enumerate(starts)
            ]

    def answer(self, target: str) -> tuple[bytes, float]:
        """The bytes of an answer, and how many seconds to wait before they are sent."""
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/control/"):
            return _json(self._controlled(parts.path, query)), 0.0
        self.requests += 1
        name = parts.path.removeprefix("/fhir/")
        if name in self.pages:
            return self._search(name, query), self.latency
        if name == f"Patient/{charts.PATIENT}":
            return _http(charts.patient()), self.latency
        small = {
            "metadata": self._capability, ".well-known/smart-configuration": self._smart, "/auth/challenge": _code,
            "/auth/token": _token,
        }  # fmt: skip
        return (_json(small[name]()), 0.0) if name in small else (_http(b"{}", "404 Not Found"), 0.0)

    def _search(self, type_name: str, query: dict[str, str]) -> bytes:
        if self.is_declared and "_lastUpdated" in query:
            since = datetime.fromisoformat(query["_lastUpdated"].removeprefix("ge")).timestamp()
            found = [body for at, body in self.changed.get(type_name, {}).values() if at >= since]
            return _http(_bundle(found, len(found), None))
        return self.pages[type_name][int(query.get("page", 0))]

    def _controlled(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        if path == "/control/latency":
            self.latency = float(query["ms"]) / 1000
        if path == "/control/change":
            self._change(int(query["count"]))
        asked, self.requests = self.requests, 0
        return {"requests": asked, "pages": {name: len(pages) for name, pages in self.pages.items()}}

    def _change(self, count: int) -> None:
        """Give the first resources, of one type after the other, a new version, in their pages and for a search."""
        now = datetime.now(UTC)
        self.control += 1
        each = -(-count // len(self.streams))
        for place, type_name in enumerate(self.streams):
            here = min(each, count - place * each)
            known = self.changed.setdefault(type_name, {})
            for number in range(max(here, 0)):
                body = charts.resource(type_name, number, 1 + self.control, f"{now:%Y-%m-%dT%H:%M:%S}.000Z")
                known[number] = now.timestamp(), body
            total = self.resources // len(self.streams) + (place < self.resources % len(self.streams))
            for number in range(-(-max(here, 0) // self.page)):
                numbers = range(number * self.page, min((number + 1) * self.page, total))
                self.pages[type_name][number] = self._page(type_name, number, numbers, total)

    def _page(self, type_name: str, number: int, numbers: range, count: int) -> bytes:
        known = self.changed.get(type_name, {})
        bodies = [known[each][1] if each in known else charts.resource(type_name, each) for each in numbers]
        is_last = numbers.stop >= count
        following = f"{self.origin}/fhir/{type_name}?page={number + 1}&patient={charts.PATIENT}"
        return _http(_bundle(bodies, count, None if is_last else following))

    def _capability(self) -> dict[str, Any]:
        parameters = ["patient", *(["_lastUpdated"] if self.is_declared else [])]
        offered = {
            "interaction": [{"code": "search-type"}],
            "searchParam": [{"name": name, "type": "token"} for name in parameters],
        }
        listed = [{"type": name, **offered} for name in self.streams]
        listed.append({"type": "Patient", "interaction": [{"code": "read"}]})
        rest = [{"mode": "server", "resource": listed}]
        return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "format": ["json"], "rest": rest}

    def _smart(self) -> dict[str, Any]:
        return {
            "authorization_endpoint": f"{self.origin}/auth/authorize",
            "token_endpoint": f"{self.origin}/auth/token",
            "authorization_challenge_endpoint": f"{self.origin}/auth/challenge",
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["launch/patient", "patient/*.rs", "offline_access"],
            "capabilities": ["launch-standalone", "permission-v2", "client-public"],
        }


def _code() -> dict[str, Any]:
    return {"authorization_code": "code"}


def _token() -> dict[str, Any]:
    return {
        "access_token": "access", "token_type": "Bearer", "expires_in": 86_400, "scope": "patient/*.rs offline_access",
        "patient": charts.PATIENT, "refresh_token": "refresh",
    }  # fmt: skip


def _bundle(bodies: list[bytes], total: int, following: str | None) -> bytes:
    link = json.dumps([{"relation": "next", "url": following}] if following else [], separators=(",", ":"))
    head = f'{{"resourceType":"Bundle","type":"searchset","total":{total},"link":{link},"entry":['.encode()
    return head + b",".join(b'{"resource":' + body + b',"search":{"mode":"match"}}' for body in bodies) + b"]}"


def _json(found: dict[str, Any]) -> bytes:
    return _http(json.dumps(found).encode())


def _http(body: bytes, status: str = "200 OK") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {_FHIR}\r\nContent-Length: {len(body)}\r\nDate: {formatdate(usegmt=True)}"
    )
    return head.encode() + _HEAD_END + body


class _Line(asyncio.Protocol):
    """One connection: one request after the other, each answered whole."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while (end := self._pending.find(_HEAD_END)) >= 0:
            head = self._pending[:end].decode("latin-1").split("\r\n")
            length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
            if len(self._pending) < end + len(_HEAD_END) + length:
                return
            self._pending = self._pending[end + len(_HEAD_END) + length :]
            found, wait = self._portal.answer(head[0].split(" ")[1])
            if wait:
                asyncio.get_running_loop().call_later(wait, self._transport.write, found)
            else:
                self._transport.write(found)


async def _serve(given: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    portal = Portal("", given.resources, given.page, charts.MANY_STREAMS[: given.streams], not given.undeclared)
    server = await loop.create_server(lambda: _Line(portal), "127.0.0.1", 0)
    portal.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    portal.latency = given.latency / 1000
    portal.build()
    sys.stdout.write(f"{portal.origin}/fhir\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)  # whoever started it has gone
    await ended.wait()
    server.close()


@contextmanager
def serving(resources: int, *, page: int, streams: int = 8, declared: bool = True) -> Iterator[str]:
    """Start a portal and give its base URL; it ends with the block."""
    command = [sys.executable, "-m", "tests.benchmarks.server", f"--resources={resources}", f"--page={page}"]
    command += [f"--streams={streams}", *([] if declared else ["--undeclared"])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def ask(base_url: str, what: str) -> dict[str, Any]:
    """Have a portal do something, such as `latency?ms=200`; returns its requests since then, and its pages by type."""
    with urllib.request.urlopen(f"{base_url.removesuffix('/fhir')}/control/{what}", timeout=300) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def main() -> None:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.server")
    parser.add_argument("--resources", type=int, default=50_000)
    parser.add_argument("--page", type=int, default=500)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--undeclared", action="store_true")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
