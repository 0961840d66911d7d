"""A FHIR Binary in JSON (R4 §2.43), opened while it arrives: its `data` is never whole in memory."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from typing import TYPE_CHECKING

from store.errors import BadAnswer
from store.records import elements
from store.remote.json_body import json_object

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from store.records.elements import Json

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_VALUE = re.compile(rb'\s*:\s*"')
_DATA = b'"data"'
_ESCAPE = re.compile(rb"\\(?:u00([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_OPEN_ESCAPE = re.compile(rb"\\(?:u[0-9A-Fa-f]{0,3})?\Z")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_SPACE = b" \t\r\n"
_GROUP = 4  # signs of base64 that make three bytes
_BESIDE_BYTES = 64 << 10  # that may stand before or after the data: a Binary has little else


class NotBase64(ValueError):
    """The data of a Binary is not base64."""


def opened(body: Iterator[bytes], origin: str) -> Generator[bytes, None, Json]:
    """The content of an answer in FHIR JSON: of a Binary what it holds, of anything else its own bytes.

    Returns the Binary without its data, or an empty object. Raises BadAnswer for a Binary that breaks off or is none.
    """
    head = b""
    for chunk in body:
        head += chunk
        start = _start_of_data(head)
        if start is not None:
            try:
                tail = yield from _data(head[start:], body)
            except NotBase64 as error:
                raise BadAnswer(origin, "its data is not base64") from error
            found = json_object((head[:start] + b'"' + tail).removeprefix(codecs.BOM_UTF8))
            if found.get("resourceType") != "Binary":
                raise BadAnswer(origin, "it is not a whole Binary in JSON")
            return found
        if len(head) > _BESIDE_BYTES:
            yield head
            yield from body
            return {}
    found = json_object(head.removeprefix(codecs.BOM_UTF8))
    if found.get("resourceType") == "OperationOutcome":
        raise BadAnswer(origin, "it holds a report of errors instead of the document")
    if found.get("resourceType") == "Binary" and "data" not in found:
        return found
    yield head
    return {}


def media_type(found: Json) -> str:
    """The type of content that a Binary names, on one line; empty when it names none."""
    return elements.text(found.get("contentType"))


def _start_of_data(head: bytes) -> int | None:
    """Where the text of the member `data` of the outermost object begins, once that is there."""
    depth = 0
    for token in _TOKEN.finditer(head):
        sign = token.group()
        if sign in {b"{", b"["}:
            depth += 1
        elif sign in {b"}", b"]"}:
            depth -= 1
        elif sign == _DATA and depth == 1 and (value := _VALUE.match(head, token.end())):
            return value.end()
    return None


def _data(first: bytes, body: Iterator[bytes]) -> Generator[bytes, None, bytes]:
    """The bytes that a text of base64 stands for, up to its quotation mark; returns what comes after that."""
    held, decoder = first, _Base64()
    while b'"' not in held:
        whole = _OPEN_ESCAPE.sub(b"", held)
        yield from decoder.decoded(_plain(whole))
        held = held[len(whole) :] + next(body, b'"')
    text, _, rest = held.partition(b'"')
    yield from decoder.decoded(_plain(text))
    decoder.end()
    for chunk in body:
        rest += chunk
        if len(rest) > _BESIDE_BYTES:
            raise NotBase64
    return rest


def _plain(text: bytes) -> bytes:
    """A text of JSON without its escapes and white space."""
    if b"\\" in text:
        text = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else _one(found[2]), text)
    return text.translate(None, _SPACE)


def _one(sign: bytes) -> bytes:
    return _PLAIN.get(sign, sign)


class _Base64:
    """Decodes base64 (RFC 4648, padded) that comes in pieces."""

    def __init__(self) -> None:
        self._held = b""
        self._has_ended = False

    def decoded(self, text: bytes) -> Iterator[bytes]:
        """What the text up to here stands for, as far as its groups are whole. Raises NotBase64."""
        text = self._held + text
        whole = len(text) - len(text) % _GROUP
        self._held = text[whole:]
        if not whole:
            return
        if self._has_ended:
            raise NotBase64
        self._has_ended = b"=" in text[:whole]
        try:
            found = base64.b64decode(text[:whole], validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotBase64 from error
        if found:
            yield found

    def end(self) -> None:
        """Make sure that no group is left open. Raises NotBase64."""
        if self._held:
            raise NotBase64
