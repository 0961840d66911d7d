"""One door to the network: pinned origin, time limits, bounded answers, and patience with busy portals."""

from __future__ import annotations

import datetime as dt
import ipaddress
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
import stamina

from store.config import RETRIES
from store.errors import InsecureAddress, Unreachable
from store.remote import pauses, reading
from store.remote.breaks import is_break, translated
from store.remote.trust import certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_BODY_BYTES = 32 << 20  # of one answer, after inflation
MAX_DESCRIPTION_BYTES = 4 << 20  # of an answer that only describes something, or holds tokens
_TOO_BUSY = frozenset({429, 502, 503, 504})
_ATTEMPTS = 4
_ATTEMPTS_WHEN_TURNED_AWAY = 9  # some portals turn away for the rest of the minute, and do not say so
_TURNED_AWAY = 429
_PATIENCE_SECONDS = 120.0
_LONGEST_WAIT = 60.0
_RETRIES_WHEN_SILENT = 1  # each takes as long as the time limit
_READS = frozenset({"GET", "HEAD"})
_OK, _REDIRECT = 200, 300


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `token` goes as a bearer token, to the pinned origin only; `most` bounds the answer, in bytes.

    `connect_to` is the number of the server, where it was looked up already; its certificate is still to be for the
    name in `url`.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    token: str | None = field(default=None, repr=False)
    most: int = MAX_BODY_BYTES
    connect_to: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole. Header names are in lower case.

    `streamed` counts the bytes of a body that was handed on part by part, and is not in `body`.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    streamed: int = 0

    @property
    def size(self) -> int:
        """How many bytes the body has."""
        return len(self.body) + self.streamed

    @property
    def is_ok(self) -> bool:
        """Whether the status says success."""
        return _OK <= self.status < _REDIRECT


class Arriving:
    """One answer whose body has not been read yet; to be closed. Header names are in lower case."""

    def __init__(self, response: httpx.Response, request: Request, tell: Callable[[Answer], None]) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._response = response
        self._request = request
        self._tell = tell
        self._is_told = False
        self._size = 0

    def parts(self, most: int, longest: float | None = None) -> Iterator[bytes]:
        """The body, part by part, at most `most` bytes in `longest` seconds. Raises BadAnswer, Unreachable."""
        with translated(self._request.url, origin_of(self._request.url)):
            if self._response.is_closed:  # a busy portal's, whose words nobody wants
                return
            for part in reading.parts(self._response, origin_of(self._request.url), most, longest):
                self._size += len(part)
                yield part

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()
        if not self._is_told:
            self._is_told = True
            self._tell(Answer(self.status, self.headers, b"", self._size))


class _TooBusy(Exception):
    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers
        super().__init__()


class _BrokeOff(Exception):
    """The connection of a request that only reads broke off, and it may be made again."""


A = TypeVar("A", Answer, Arriving)


class Http:
    """Requests to one origin. Safe to use from several threads.

    `on_answer`, where it is set, is told of every answer, with the seconds that it took, and `on_retry` of each request
    that is about to be made again. `retries` is how often one that only reads is made again when its connection breaks
    off; with 0 nothing is ever made again, whatever the reason.
    """

    def __init__(
        self,
        base_url: str,
        timeout: float,
        transport: httpx.BaseTransport | None = None,
        *,
        retries: int = RETRIES,
    ) -> None:
        self.origin = origin_of(base_url)
        self.on_answer: Callable[[Request, Answer, float], None] | None = None
        self.on_retry: Callable[[Request], None] | None = None
        self._retries = retries
        stamina.instrumentation.set_on_retry_hooks(())  # else each pause is logged to the terminal
        self._timeout = timeout
        self._client = httpx.Client(
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            verify=certificates(),
            limits=httpx.Limits(max_connections=16),
            headers={"Accept-Encoding": "gzip", "User-Agent": "portal-terminal"},
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def send(self, request: Request, *, patient: bool = False) -> Answer:
        """Send a request and read its answer, whatever its status.

        With `patient`, a portal that is busy (429, 502, 503, 504) is asked again after the time it names, or with
        growing pauses, and so is one whose connection breaks off, if the request only reads. A write is never made
        again for that: it may have been done. Raises Unreachable, BadAnswer, InsecureAddress.
        """
        self._check(request)
        return self._patiently(request, lambda: self._timed(request)) if patient else self._timed(request)

    def stream(self, request: Request) -> Arriving:
        """Send a request and hand on its answer, whatever its status, before its body is read; `most` does not count.

        A portal that is busy, or breaks off before its answer begins, is asked again, as in `send`.
        Raises Unreachable, InsecureAddress.
        """
        self._check(request)
        return self._patiently(request, lambda: self._opened(request))

    def elsewhere(self, url: str) -> Http:
        """A door to another origin, with nothing of this one's: no connection, no cookie. To be closed."""
        return Http(url, self._timeout, retries=self._retries)

    def _check(self, request: Request) -> None:
        if request.token and origin_of(request.url) != self.origin:
            raise InsecureAddress(request.url, "it is not on the portal that the sign-in is for")
        check_secure(request.url)

    def _patiently(self, request: Request, ask: Callable[[], A]) -> A:
        """Ask until the portal answers and is not busy, or as long as patience lasts; what came last counts then."""
        if not self._retries:
            return ask()
        broken: list[Unreachable] = []
        try:
            for attempt in stamina.retry_context(
                on=_pause,
                attempts=_ATTEMPTS_WHEN_TURNED_AWAY,
                timeout=_PATIENCE_SECONDS,
                wait_initial=0.5,
                wait_max=20.0,
            ):
                if attempt.num > 1 and self.on_retry:
                    self.on_retry(request)
                with attempt:
                    answer = self._unbroken(request, ask, broken)
                    if answer.status in _TOO_BUSY and (answer.status == _TURNED_AWAY or attempt.num < _ATTEMPTS):
                        if isinstance(answer, Arriving):
                            answer.close()
                        raise _TooBusy(answer.headers)
        except _TooBusy:
            pass
        except _BrokeOff:
            raise broken[-1] from broken[-1].__cause__
        return answer

    def _unbroken(self, request: Request, ask: Callable[[], A], broken: list[Unreachable]) -> A:
        """Ask once. Raises _BrokeOff when it is worth asking again, and adds the reason to what was `broken` so far."""
        try:
            return ask()
        except Unreachable as error:
            broken.append(error)
            is_over = self._client.is_closed or len(broken) > self._retries_after(error)
            if request.method in _READS and is_break(error) and not is_over:
                raise _BrokeOff from error
            raise

    def _retries_after(self, error: Unreachable) -> int:
        is_silent = isinstance(error.__cause__, httpx.TimeoutException)
        return min(self._retries, _RETRIES_WHEN_SILENT) if is_silent else self._retries

    def _timed(self, request: Request) -> Answer:
        began = time.monotonic()
        answer = self._once(request)
        if self.on_answer:
            self.on_answer(request, answer, time.monotonic() - began)
        return answer

    def _once(self, request: Request) -> Answer:
        with (
            translated(request.url, origin_of(request.url)),
            closing(self._client.send(self._written(request), stream=True)) as response,
        ):
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = reading.whole(response, origin_of(request.url), request.most)
            return Answer(response.status_code, headers, body)

    def _opened(self, request: Request) -> Arriving:
        began = time.monotonic()

        def tell(answer: Answer) -> None:
            if self.on_answer:
                self.on_answer(request, answer, time.monotonic() - began)

        with translated(request.url, origin_of(request.url)):
            return Arriving(self._client.send(self._written(request), stream=True), request, tell)

    def _written(self, request: Request) -> httpx.Request:
        """A request as it goes out. Raises ValueError for what is no address."""
        url, headers, extensions = httpx.URL(request.url), dict(request.headers), {}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
        if request.connect_to:
            headers["Host"] = url.netloc.decode("ascii")
            extensions["sni_hostname"] = url.host
            url = url.copy_with(host=request.connect_to)
        return self._client.build_request(
            request.method, url, headers=headers, content=request.body, extensions=extensions
        )


def _pause(error: Exception) -> bool | dt.timedelta:
    """How long to wait before asking again: as long as the portal says, else as the pauses grow."""
    if isinstance(error, _BrokeOff):
        return True
    if not isinstance(error, _TooBusy):
        return False
    named = pauses.named(error.headers, time.time())
    return True if named is None else dt.timedelta(seconds=min(named, _LONGEST_WAIT))


def origin_of(url: str) -> str:
    """The origin of an address as `scheme://host:port`. Raises InsecureAddress when it is no web address."""
    try:
        parts = urlsplit(url)
        default = {"https": 443, "http": 80}[parts.scheme]
        port = default if parts.port is None else parts.port
        host = parts.hostname
    except (ValueError, KeyError) as error:
        raise InsecureAddress(url, "it is not a web address") from error
    if not host:
        raise InsecureAddress(url, "it names no server")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def join(base: str, found: str) -> str:
    """The address that a link on the page `base` means. Raises InsecureAddress when it is no web address."""
    try:
        return urljoin(base, found)
    except ValueError as error:
        raise InsecureAddress(found, "it is not a web address") from error


def is_loopback(url: str) -> bool:
    """Whether an address is on this very machine, by its name alone."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_same_on_this_machine(one: str, other: str) -> bool:
    """Whether two addresses differ only in the name they have for this machine, such as `localhost`."""
    try:
        origins = origin_of(one), origin_of(other)
        parts = urlsplit(one), urlsplit(other)
    except (InsecureAddress, ValueError):
        return False
    if not (is_loopback(one) and is_loopback(other)):
        return False
    ports = {origin.rpartition(":")[2] for origin in origins}
    return len(ports) == 1 and parts[0].scheme == parts[1].scheme and parts[0].path == parts[1].path


def is_inside(url: str) -> bool:
    """Whether an address is a number that belongs to this machine or to a private network."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return not address.is_global


def check_secure(url: str) -> None:
    """Refuse plain http to anywhere but this machine, and addresses with a user in them. Raises InsecureAddress."""
    origin_of(url)
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise InsecureAddress(f"{parts.scheme}://…@{parts.hostname}", "it has a user name in it")
    if parts.scheme != "https" and not is_loopback(url):
        raise InsecureAddress(url, "health data would travel in clear over plain http")


def normal_base(typed: str) -> str:
    """The FHIR base URL that was meant by what was typed: with a scheme, without `/metadata` and a final slash.

    Raises InsecureAddress.
    """
    text = typed.strip()
    try:
        if "://" not in text:
            text = f"{'http' if is_loopback(f'//{text}') else 'https'}://{text}"
        parts = urlsplit(text)
    except ValueError as error:
        raise InsecureAddress(typed, "it is not a web address") from error
    path = parts.path.rstrip("/")
    for ending in ("/metadata", "/.well-known/smart-configuration"):
        path = path.removesuffix(ending)
    base = urlunsplit((parts.scheme.lower(), parts.netloc, path, "", ""))
    check_secure(base)
    return base
