"""From the bytes of one served resource to a record that the vault can store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import catalog, elements, lossless, searchable
from store.records.text import one_line
from store.vault.resources import Incoming

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.elements import Json

_REFERENCE = re.compile(rb'"reference"\s*:\s*"((?:[^"\\]|\\/){1,600})"')
_RELATIVE = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?\Z")
_ID = re.compile(r"[A-Za-z0-9\-._~]{1,256}\Z")  # wider than FHIR's own rule, as some portals are
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}\Z")


@dataclass(frozen=True)
class Decoded:
    """What a page holds: records to store, and one sentence for each thing in it that could not be used."""

    records: tuple[Incoming, ...]
    problems: tuple[str, ...]


def decode_all(resources: Iterable[bytes]) -> Decoded:
    """Read the resources of a page; a bad one is left out and named, the others are kept.

    An OperationOutcome, by which a portal comments on a search, is no record; one that tells of an error is named.
    """
    records: list[Incoming] = []
    problems: list[str] = []
    for body in resources:
        try:
            record = decode(body)
        except ValueError as error:
            problems.append(f"one record could not be read: {one_line(str(error))[:120]}")
            continue
        if record:
            records.append(record)
        elif failure := _failure(body):
            problems.append(f"the portal says: {failure}")
    return Decoded(tuple(records), tuple(problems))


def read_json(body: bytes) -> Json:
    """The JSON object of a resource, numbers with their own digits. Raises ValueError."""
    body.decode("utf-8")  # a wrong byte is refused here, with its place, and not carried into the vault
    try:
        return lossless.decode(body)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ArithmeticError as error:
        raise ValueError("a number in it is out of all bounds") from error


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


def _failure(outcome: bytes) -> str:
    """What an OperationOutcome tells of errors, in the portal's words; empty when it only informs or warns."""
    issues = elements.objects(lossless.decode(outcome).get("issue"))
    grave = [issue for issue in issues if issue.get("severity") in {"error", "fatal"}]
    words = [
        elements.concept(issue.get("details"))
        or elements.text(issue.get("diagnostics"))
        or elements.text(issue.get("code"))
        for issue in grave
    ]
    return "; ".join(words)[:300]


def references(body: bytes, base_url: str, types: frozenset[str]) -> set[tuple[str, str]]:
    """Type and id of every record of these types that a resource refers to on its own portal."""
    found = set()
    for raw in _REFERENCE.findall(body):
        text = raw.decode("utf-8", "replace").replace("\\/", "/")
        match = _RELATIVE.match(text.removeprefix(f"{base_url}/"))
        if match and match.group(1) in types and match.group(2).strip("."):
            found.add((match.group(1), match.group(2)))
    return found
