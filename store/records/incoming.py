"""From the bytes of one served resource to a record: what it is, and all that is read from it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from store.records import catalog, elements, lossless, searchable

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.envelope import Envelope

_ID = re.compile(r"[A-Za-z0-9\-._~]{1,256}\Z")  # wider than FHIR's own rule, as some portals are
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}\Z")

_PIECE = 2047  # bytes


class _Name(msgspec.Struct, gc=False):
    resourceType: str = ""  # noqa: N815 - FHIR's own name
    id: str = ""


_decode_name = msgspec.json.Decoder(_Name).decode


class Incoming(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A record as it came from a portal: identity, its own bytes and their digest, its columns, its words for search.

    The columns are those of its envelope, in bare strings, which the database's engine takes ten times as fast;
    `date` is in seconds since 1970 UTC, `date_text` as the portal wrote it. Its title is not among its words.
    """

    type: str
    id: str
    version: str | None
    last_updated: str | None
    kind: str
    code: str
    title: str
    date: int | None
    date_text: str
    status: str
    flag: str
    value: str
    unit: str
    words: str
    digest: bytes
    body: bytes = b""

    @property
    def shown(self) -> tuple[str | int | None, ...]:
        """What lists show of it, from its version on, as the vault's table has it."""
        return (
            self.version, self.last_updated, self.code, self.title, self.date, self.date_text, self.status, self.flag,
            self.value, self.unit,
        )  # fmt: skip


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
    envelope = catalog.read_envelope(resource)
    return of(
        (type_name, record_id),
        (version if isinstance(version, str) else None, updated if isinstance(updated, str) else None),
        envelope,
        searchable.searchable_text(resource, envelope.title),
        body,
    )


def of(
    name: tuple[str, str], state: tuple[str | None, str | None], envelope: Envelope, words: str, body: bytes
) -> Incoming:
    """A record of a type and an id, of a version and the time of its last change, with what was read of it."""
    date = envelope.date
    return Incoming(
        *name, *state, str(envelope.kind), str(envelope.code), str(envelope.title), date.epoch if date else None,
        str(date.text) if date else "", str(envelope.status), str(envelope.flag), str(envelope.value),
        str(envelope.unit), words, digest(body), body,
    )  # fmt: skip


def digest(body: bytes) -> bytes:
    """What tells the bytes of one version of a record from those of any other: their blake2b, 128 bits.

    They are taken in pieces: for a long one, the library has another thread run meanwhile, which costs more than it
    gains where there are thousands.
    """
    found = hashlib.blake2b(digest_size=16)
    for start in range(0, len(body), _PIECE):
        found.update(body[start : start + _PIECE])
    return found.digest()
