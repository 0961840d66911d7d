"""Attachments over HTTP: from the portal with its token, from anywhere else with nothing that tells who asks."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from store.errors import BadAnswer, Rejected, RemoteError, Unreachable
from store.records.text import one_line
from store.remote import binary, elsewhere
from store.remote.fhir import NOT_BUILT, authorized, issues
from store.remote.http import Arriving, Request, join, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from store.records.elements import Json
    from store.remote.fhir import TokenSource
    from store.remote.http import Http

MAX_BYTES = 256 << 20  # of one attachment
_LONGEST = 3600.0  # seconds that one may take
_MOST_PACKED = MAX_BYTES // 3 * 4 + (1 << 20)  # of a Binary that holds it as base64
_REASON_BYTES = 1 << 20
_MAX_HOPS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")  # RFC 6838 §4.2
_FHIR_JSON = frozenset({"application/fhir+json", "application/json+fhir"})
_JSON = "application/json"
_ANY = "application/octet-stream"
_LONGEST_TYPE = 200


class Downloads:
    """Fetches attachments for one patient of one portal. Safe to use from several threads."""

    def __init__(
        self,
        http: Http,
        tokens: TokenSource,
        name: str,
        look_up: Callable[[str], list[str]] = elsewhere.resolve,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._name = name
        self._look_up = look_up

    def fetch(self, address: str, wanted: str = "") -> Generator[bytes, None, str]:
        """The content at an address, part by part; returns its type. `wanted` is the type that the record names.

        Raises Rejected, BadAnswer, SignInNeeded, Unreachable, InsecureAddress; also after some parts have come.
        """
        with ExitStack() as held:
            answer = self._arrived(held, address, {"Accept": _accept(wanted)})
            origin = origin_of(address)
            kind = answer.headers.get("content-type", "")
            if not _is_wrapped(kind, wanted):
                yield from answer.parts(MAX_BYTES, _LONGEST)
                return one_line(kind)[:_LONGEST_TYPE] or wanted or _ANY
            found = yield from _bounded(binary.opened(answer.parts(_MOST_PACKED, _LONGEST), origin), origin)
            named = binary.media_type(found) if found else one_line(kind)
            return named[:_LONGEST_TYPE] or wanted or _ANY

    def _arrived(self, held: ExitStack, address: str, headers: dict[str, str]) -> Arriving:
        """A good answer, after a few redirects at the most; once one has left the portal, no token goes anywhere."""
        is_own = True
        for _ in range(_MAX_HOPS + 1):
            is_own = is_own and origin_of(address) == self._http.origin
            answer = self._own(address, headers) if is_own else self._foreign(held, address, headers)
            held.enter_context(closing(answer))
            if answer.status not in _REDIRECTS:
                self._check(answer, self._name if is_own else origin_of(address))
                return answer
            target = answer.headers.get("location", "")
            if not target:
                raise BadAnswer(origin_of(address), "it points elsewhere, and does not say where", answer.status)
            address = urldefrag(join(address, target)).url
        raise BadAnswer(origin_of(address), "it points elsewhere again and again")

    def _own(self, address: str, headers: dict[str, str]) -> Arriving:
        return authorized(self._tokens, lambda token: self._http.stream(Request("GET", address, headers, token=token)))

    def _foreign(self, held: ExitStack, address: str, headers: dict[str, str]) -> Arriving:
        numbers = elsewhere.checked(address, self._http.origin, self._look_up)
        line = held.enter_context(closing(self._http.elsewhere(address)))
        for number in numbers[:-1]:
            with suppress(Unreachable):
                return line.stream(Request("GET", address, headers, connect_to=number))
        return line.stream(Request("GET", address, headers, connect_to=numbers[-1]))

    @staticmethod
    def _check(answer: Arriving, name: str) -> None:
        if 200 <= answer.status < 300 and answer.status not in {204, 206}:  # noqa: PLR2004 - success, and with all of it
            return
        if answer.status < 400 or (answer.status >= 500 and answer.status != NOT_BUILT):  # noqa: PLR2004 - as in Fhir
            raise BadAnswer(name, f"HTTP status {answer.status}", answer.status)
        try:
            words = issues(b"".join(answer.parts(_REASON_BYTES)))
        except RemoteError:
            words = ()
        raise Rejected(name, answer.status, words)


def _accept(wanted: str) -> str:
    """What to ask for: the attachment's own type, then a Binary in JSON, then anything."""
    own = _MEDIA_TYPE.match(wanted.strip())
    return ", ".join([*([own.group()] if own else []), "application/fhir+json;q=0.9", "*/*;q=0.8"])


def _is_wrapped(kind: str, wanted: str) -> bool:
    """Whether an answer may be a Binary in JSON: it says so, or it is JSON and the document itself is not."""
    name = kind.partition(";")[0].strip().lower()
    return name in _FHIR_JSON or (name == _JSON and not wanted.partition(";")[0].strip().lower().endswith("json"))


def _bounded(parts: Generator[bytes, None, Json], origin: str) -> Generator[bytes, None, Json]:
    """The same parts, as long as they are not too much together. Raises BadAnswer."""
    size = 0
    while True:
        try:
            part = next(parts)
        except StopIteration as end:
            found: Json = end.value
            return found
        size += len(part)
        if size > MAX_BYTES:
            raise BadAnswer(origin, f"it is larger than {MAX_BYTES >> 20} MB")
        yield part
