"""Loading a folder of FHIR JSON: Bundles of any kind and single resources become the portal's record."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from portal_cli.sandbox.lossless import Json, NotJsonError, decode, encode, is_object
from portal_cli.sandbox.outcomes import SandboxError
from portal_cli.sandbox.references import follow, rewrite
from portal_cli.sandbox.versions import VALID_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAMES = uuid.UUID("6f0c9d51-5f0e-4b52-9f2f-8d0c6c0f7b11")
_HINT = "Name a folder with FHIR R4 resources or Bundles as .json or .ndjson files."


@dataclass
class Intake:
    """What was read from a folder: the resources, each with its id, and a line for every file left out."""

    resources: list[Json] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


@dataclass
class _Entry:
    full_url: str
    resource: Json


def read_folder(folder: Path) -> Intake:
    """Read every `.json` and `.ndjson` file below a folder, in the order of their names.

    Raises:
        SandboxError: The folder is missing, a file is not JSON, or nothing in it is FHIR.
    """
    if not folder.is_dir():
        raise SandboxError(f"the folder {folder} does not exist", _HINT)
    intake = Intake()
    shelf = _Shelf()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in {".json", ".ndjson"} and path.is_file()):
        taken = 0
        for document in _documents(path):
            entries = list(_entries(document))
            shelf.add(entries)
            taken += len(entries)
        if not taken:
            intake.skipped.append(f"{path.relative_to(folder)}: no FHIR resource in it, left out")
    intake.resources = shelf.settled()
    if not intake.resources:
        raise SandboxError(f"the folder {folder} holds no FHIR resource", _HINT)
    return intake


def _documents(path: Path) -> Iterator[object]:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise SandboxError(f"the file {path} cannot be read", _HINT) from error
    parts = [line for line in body.splitlines() if line.strip()] if path.suffix == ".ndjson" else [body]
    for part in parts:
        try:
            yield decode(part)
        except NotJsonError as error:
            raise SandboxError(f"the file {path} is not JSON", _HINT) from error


def _entries(document: object) -> Iterator[_Entry]:
    """Yield the resources of a Bundle, or the one resource a document is."""
    if not isinstance(document, dict) or not is_object(document):
        return
    if document["resourceType"] != "Bundle" or not isinstance(document.get("entry"), list):
        yield _Entry("", document)
        return
    for entry in document["entry"]:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and is_object(resource):
            yield _Entry(str(entry.get("fullUrl", "")), resource)


class _Shelf:
    """The resources read so far; one call of `add` is one Bundle, within which references are resolved."""

    def __init__(self) -> None:
        self._kept: dict[str, Json] = {}
        self._read: dict[str, bytes] = {}

    def add(self, entries: list[_Entry]) -> None:
        """Give every entry its id, resolve what points from one to another, and keep what is new."""
        targets: dict[str, str] = {}
        for entry in entries:
            kind, key = entry.resource["resourceType"], _key(entry)
            entry.resource.setdefault("id", key)
            entry.resource["id"] = key
            if entry.full_url:
                targets[entry.full_url] = f"{kind}/{key}"
        _point(entries, targets, is_absolute=True)
        renamed: dict[str, str] = {}
        fresh = []
        for entry in entries:
            name, body = _name(entry.resource), encode(entry.resource)
            if self._read.get(name) == body:
                continue
            if name in self._read:
                key = str(uuid.uuid5(_NAMES, body.hex()))
                renamed[name] = f"{entry.resource['resourceType']}/{key}"
                entry.resource["id"] = key
            if _name(entry.resource) not in self._read:
                self._read[_name(entry.resource)] = body
                fresh.append(entry)
        if renamed:
            _point(fresh, renamed, is_absolute=False)
        self._kept |= {_name(entry.resource): entry.resource for entry in fresh}

    def settled(self) -> list[Json]:
        """Resolve conditional references across everything that was read, and give it all."""
        by_identifier: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for name, resource in self._kept.items():
            for identifier in follow(resource, "identifier"):
                if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
                    system = str(identifier.get("system", ""))
                    by_identifier[resource["resourceType"], system, identifier["value"]].add(name)

        def target(key: str, text: str) -> str | None:
            found = by_identifier.get(_condition(text)) if key == "reference" and "?" in text else None
            return next(iter(found)) if found and len(found) == 1 else None

        for resource in self._kept.values():
            rewrite(resource, target)
        return list(self._kept.values())


def _point(entries: list[_Entry], targets: dict[str, str], *, is_absolute: bool) -> None:
    def target(key: str, text: str) -> str | None:
        is_link = key == "reference" or (is_absolute and text.startswith("urn:")) or (not is_absolute)
        return targets.get(text) if is_link else None

    for entry in entries:
        rewrite(entry.resource, target)


def _key(entry: _Entry) -> str:
    key = entry.resource.get("id")
    if isinstance(key, str) and VALID_ID.match(key):
        return key
    scheme, _, last = entry.full_url.rpartition(":")
    if scheme in {"urn:uuid", "urn:oid"} and VALID_ID.match(last):
        return last
    return str(uuid.uuid5(_NAMES, encode(entry.resource).hex()))


def _name(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _condition(text: str) -> tuple[str, str, str]:
    """Read `Type?identifier=system|value`; anything else gives a key that nothing has."""
    kind, _, query = text.partition("?")
    pairs = parse_qsl(query)
    if len(pairs) != 1 or pairs[0][0] != "identifier":
        return (kind, "", "")
    system, _, value = pairs[0][1].rpartition("|")
    return (kind, system, value)
