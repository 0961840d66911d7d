"""From the bytes of one served resource to a record: what it is, and all that is read from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from store.records import catalog, elements, lossless, searchable

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.envelope import Envelope

_ID = re.compile(r"[A-Za-z0-9\-._~]{1,256}\Z")  # wider than FHIR's own rule, as some portals are
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}\Z")


class _Name(msgspec.Struct, gc=False):
    resourceType: str = ""  # noqa: N815 - FHIR's own name
    id: str = ""


_decode_name = msgspec.json.Decoder(_Name).decode


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as it came from a portal: identity, its own bytes, its columns and its words for search."""

    type: str
    id: str
    version: str | None
    last_updated: str | None
    body: bytes
    envelope: Envelope
    words: str


def read_json(body: bytes) -> Json:
    """The JSON object of a resource, numbers with their own digits. Raises ValueError."""
    body.decode("utf-8")  # a wrong byte is refused here, with its place, and not carried into the vault
    try:
        found = lossless.decode(body)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ArithmeticError as error:
        raise ValueError("a number in it is out of all bounds") from error
    if lossless.has_lost_members(found, body):
        raise ValueError("an object in it says one of its members twice")
    return found


def name(body: bytes) -> tuple[str, str] | None:
    """Type and id as a resource gives them, found quickly and not checked; None when it gives none."""
    try:
        found = _decode_name(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return (found.resourceType, found.id) if found.resourceType and found.id else None


def decode(body: bytes) -> Incoming | None:
    """Read one resource; None for an OperationOutcome. Raises ValueError when it is no FHIR resource."""
    resource = read_json(body)
    type_name, record_id = resource.get("resourceType"), resource.get("id")
    if type_name == "OperationOutcome":
        return None
    if not isinstance(type_name, str) or not _TYPE.match(type_name):
        raise ValueError("it has no resource type")
    if not isinstance(record_id, str) or not _ID.match(record_id):
        raise ValueError(f"a {type_name} has no usable id")
    meta = elements.first(resource.get("meta"))
    version, updated = meta.get("versionId"), meta.get("lastUpdated")
    return Incoming(
        type=type_name,
        id=record_id,
        version=version if isinstance(version, str) else None,
        last_updated=updated if isinstance(updated, str) else None,
        body=body,
        envelope=catalog.read_envelope(resource),
        words=searchable.searchable_text(resource),
    )
