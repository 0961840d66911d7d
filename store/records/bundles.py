"""Resources out of FHIR JSON: bundles of every kind, arrays and single resources, each with its own bytes.

What a bundle names only inside itself (`urn:uuid:…`) is named by type and id afterwards, in these bytes alone.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")

_MOST_NESTED = 3  # bundles in bundles
_REFERENCE = re.compile(rb'("(?:reference|url)"\s*:\s*")(urn:(?:uuid|oid):[^"\\]{1,200})(")')
_UUID = re.compile(r"urn:(?:uuid|oid):([A-Za-z0-9\-.]{1,64})\Z")
_OBJECT = re.compile(rb"\s*\{")
_ID = re.compile(rb'"id"\s*:\s*(?:null|"")\s*,')


class _Head(msgspec.Struct, gc=False):
    resourceType: str = ""  # noqa: N815 - FHIR's own name
    id: msgspec.Raw = msgspec.Raw(b"")


class _Entry(msgspec.Struct, gc=False):
    fullUrl: str = ""  # noqa: N815 - FHIR's own name
    resource: msgspec.Raw = msgspec.Raw(b"")


class _Bundle(msgspec.Struct, gc=False):
    resourceType: str = ""  # noqa: N815 - FHIR's own name
    type: str = ""
    entry: list[_Entry] = []


_head = msgspec.json.Decoder(_Head).decode
_bundle = msgspec.json.Decoder(_Bundle).decode
_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


class NoResources(ValueError):
    """Some bytes are not FHIR; `str()` says why, as a part of a sentence."""


def read(content: bytes, nested: int = 0) -> Iterator[bytes]:
    """The resources in a JSON document, in their order. Raises NoResources."""
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    content = content.removeprefix(b"\xef\xbb\xbf")
    if start == b"[":
        for raw in _decoded(_array, content):
            yield from read(bytes(raw), nested)
        return
    head = _decoded(_head, content)
    if not head.resourceType:
        raise NoResources("it is JSON, but says of itself no FHIR `resourceType`")
    if head.resourceType != "Bundle":
        yield named(content)
        return
    if nested >= _MOST_NESTED:
        raise NoResources("there are bundles in bundles in it, too deep")
    yield from _entries(_decoded(_bundle, content), nested)


def named(body: bytes, full_url: str = "") -> bytes:
    """A resource with an id: its own, else that of its full URL, else one that its content gives it."""
    head = _decoded(_head, body)
    if bytes(head.id) not in {b"", b"null", b'""'}:
        return body
    found = _UUID.match(full_url)
    own = found[1] if found else f"import-{hashlib.sha256(body).hexdigest()[:32]}"
    return _OBJECT.sub(b'{"id":"%s",' % own.encode(), _ID.sub(b"", body, count=1), count=1)


def _entries(bundle: _Bundle, nested: int) -> Iterator[bytes]:
    """The resources of a bundle, which refer to one another by type and id."""
    bodies = [
        (entry.fullUrl, bytes(entry.resource)) for entry in bundle.entry if bytes(entry.resource) not in {b"", b"null"}
    ]
    ready = [(url, named(body, url)) for url, body in bodies]
    places = {url.encode(): name for url, body in ready if url.startswith("urn:") and (name := _name(body))}
    for _, body in ready:
        whole = _referring(body, places)
        if _decoded(_head, whole).resourceType == "Bundle":
            yield from read(whole, nested + 1)
        else:
            yield whole


def _name(body: bytes) -> bytes:
    head = _decoded(_head, body)
    try:
        own = msgspec.json.decode(head.id)
    except msgspec.DecodeError:
        return b""
    return f"{head.resourceType}/{own}".encode() if head.resourceType and isinstance(own, str) else b""


def _referring(body: bytes, places: Mapping[bytes, bytes]) -> bytes:
    if b"urn:" not in body:
        return body

    def replaced(match: re.Match[bytes]) -> bytes:
        return match[1] + places.get(match[2], match[2]) + match[3]

    return _REFERENCE.sub(replaced, body)


def _decoded(decode: Callable[[bytes], T], content: bytes) -> T:
    try:
        return decode(content)
    except msgspec.ValidationError as error:
        raise NoResources("it is JSON, but not of the shape that FHIR has") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoResources("it is no JSON, or its JSON is broken") from error
    except RecursionError as error:
        raise NoResources("its JSON is nested too deeply") from error
