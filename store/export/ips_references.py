"""Records as entries of one document: each under an address of its own, and every reference to one inside (pure)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, TypeAlias

from store.records import elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.export.format import Exported
    from store.records.elements import Json

Place: TypeAlias = tuple[str, str, str]
"""What a record goes by: the address of its portal, its type and its id."""
_NAMESPACE = uuid.UUID("5a4f3c44-3d0b-4f8b-9c51-07c8a5d8d1a2")
_ADDRESSES = ("https://", "http://")


def place(record: Exported) -> Place:
    """What a record goes by."""
    return record.origin.base_url, record.type, record.id


def urn(where: Place) -> str:
    """The address of a record in the document, the same whenever it is made."""
    base, kind, own = where
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{base}/{kind}/{own}')}"


class Entries:
    """The records of a document, and those that may come along; all of a patient's are of one `patient`."""

    def __init__(self, supporting: dict[Place, Exported], patient: str) -> None:
        self._supporting = supporting
        self._patient = patient
        self._inside: dict[Place, Exported] = {}
        self._waiting: list[Exported] = []

    def add(self, record: Exported) -> str:
        """Have a record in the document; gives its address there."""
        where = place(record)
        if where not in self._inside:
            self._inside[where] = record
            self._waiting.append(record)
        return urn(where)

    def resources(self) -> Iterator[tuple[str, Json]]:
        """Every record with its address, and all that come along."""
        while self._waiting:
            record = self._waiting.pop(0)
            yield urn(place(record)), self.rewritten(record)

    def rewritten(self, record: Exported) -> Json:
        """A record as an entry: what it refers to is in the document, or is told in words alone."""
        found = self._value(record.resource, record)
        made: Json = found if isinstance(found, dict) else {}
        made["id"] = urn(place(record)).removeprefix("urn:uuid:")
        base = record.origin.base_url
        if base.startswith(_ADDRESSES):
            meta = dict(elements.first(made.get("meta")))
            meta.setdefault("source", f"{base.rstrip('/')}/{record.type}/{record.id}")
            made["meta"] = meta
        return made

    def _value(self, value: object, record: Exported) -> object:
        if isinstance(value, list):
            return [self._value(item, record) for item in value]
        if not isinstance(value, dict):
            return value
        found = {name: self._value(item, record) for name, item in value.items()}
        literal = found.get("reference")
        if isinstance(literal, str) and not literal.startswith("#"):
            return self._reference(found, literal, record)
        return found

    def _reference(self, item: Json, literal: str, record: Exported) -> Json:
        kind, own = elements.target(literal)
        if kind == "Patient" and own in {record.origin.patient_id, ""}:
            return {**item, "reference": self._patient}
        where = (record.origin.base_url, kind, own)
        if where in self._supporting and where not in self._inside:
            self.add(self._supporting[where])
        if where in self._inside:
            return {**item, "reference": urn(where)}
        told = {name: value for name, value in item.items() if name != "reference"}
        if not told.keys() & {"display", "identifier"}:
            told["display"] = f"{kind or 'A record'} that is not in this summary"
        return told
