"""Attachments of a record (FHIR R4 §2.24.0.4), wherever in it they stand, with content inside or at an address."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from store.errors import InsecureAddress
from store.records import elements
from store.records.text import EMPTY, Safe, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json

_NAMES = frozenset({"attachment", "presentedForm", "content", "photo", "image", "form", "document"})
_CHOICE = "Attachment"  # the end of `contentAttachment`, `sourceAttachment`, `valueAttachment` and the like
_PARTS = frozenset(
    {"id", "extension", "contentType", "language", "data", "url", "size", "hash", "title", "creation"}
    | {"height", "width", "frames", "duration", "pages"}  # of R5, which some portals send already
)
_MAY_HAVE = re.compile(rb'"(?:\w*[aA]ttachment|presentedForm|content|photo|image|form|document)"\s*:|"Binary"')
_SCHEME = 40  # signs of an address that is none, at the most
_SPACE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment. `content` is what stands in the record itself; without it, it is at `url`.

    `url` is as the portal wrote it, and unsafe to show; it may be relative to the FHIR base. `size` counts bytes, as
    far as the portal says.
    """

    content_type: Safe = EMPTY
    title: Safe = EMPTY
    url: str = ""
    size: int | None = None
    content: bytes | None = field(default=None, repr=False)


def may_have(body: bytes) -> bool:
    """Whether the bytes of a record could hold an attachment: a quick look, before they are read."""
    return _MAY_HAVE.search(body) is not None


def find(resource: Json) -> tuple[Attachment, ...]:
    """Every attachment of a resource that has content or an address, in their order; a Binary is one itself."""
    if resource.get("resourceType") == "Binary":
        return tuple(filter(_is_something, [_read(resource, resource)]))
    return tuple(filter(_is_something, (_read(item, resource) for item in _all(resource))))


def address(base_url: str, url: str) -> str:
    """The address that an attachment's `url` means: absolute, without fragment, under the FHIR base if relative.

    Raises InsecureAddress when it is no web address.
    """
    try:
        found = urldefrag(urljoin(f"{base_url.rstrip('/')}/", url)).url
        parts = urlsplit(found)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        found, is_web = url, False
    if not is_web:  # it may be the document itself, as a `data:` address, which is not to be told
        raise InsecureAddress(f"{one_line(found.partition(':')[0][:_SCHEME])}:…", "it is not a web address")
    return found


def _all(resource: Json) -> Iterator[Json]:
    """Every Attachment in a resource, however deep, in the order in which they stand there."""
    waiting: list[tuple[str, object]] = [("", resource)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(name, item) for item in reversed(value)]
        elif isinstance(value, dict):
            if _is_attachment(name, value):
                yield value
            waiting += reversed(value.items())


def _is_attachment(name: str, value: Json) -> bool:
    """Whether an element is an Attachment: by its name, and since other elements have these names, by its parts."""
    if name not in _NAMES and not name.endswith(_CHOICE):
        return False
    return all(part.removeprefix("_") in _PARTS for part in value)


def _read(item: Json, resource: Json) -> Attachment:
    url = item.get("url")
    held = elements.contained(resource, url) if isinstance(url, str) and url.startswith("#") else {}
    size = item.get("size")
    return Attachment(
        content_type=elements.text(item.get("contentType")) or elements.text(held.get("contentType")),
        title=elements.text(item.get("title")),
        url=url.strip() if isinstance(url, str) and not held else "",
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
        content=_decoded(item.get("data")) if "data" in item else _decoded(held.get("data")),
    )


def _decoded(data: object) -> bytes | None:
    """The bytes of a base64Binary, in which white space may stand; None for anything else."""
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(_SPACE.sub("", data), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_something(found: Attachment) -> bool:
    return found.content is not None or bool(found.url)
