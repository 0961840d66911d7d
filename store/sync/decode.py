"""From a page of served resources to records that the vault can store, and what they refer to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements, incoming, lossless
from store.records.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.incoming import Incoming

_REFERENCE = re.compile(rb'"reference"\s*:\s*"((?:[^"\\]|\\/){1,600})"')
_RELATIVE = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?\Z")


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
            record = incoming.decode(body)
        except ValueError as error:
            problems.append(f"one record could not be read: {one_line(str(error))[:120]}")
            continue
        if record:
            records.append(record)
        elif failure := _failure(body):
            problems.append(f"the portal says: {failure}")
    return Decoded(tuple(records), tuple(problems))


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
