"""The patient: who the chart is about (FHIR R4 §8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, envelope
from store.records.dates import FhirDate, parse

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.text import Safe


@dataclass(frozen=True, slots=True)
class Patient:
    """Name, date of birth and administrative gender of a patient."""

    id: Safe
    name: Safe
    born: FhirDate | None
    gender: Safe


def read(resource: Json) -> Patient:
    """Read a Patient."""
    return Patient(
        id=elements.text(resource.get("id")),
        name=elements.human_name(resource.get("name")),
        born=parse(resource.get("birthDate")),
        gender=elements.text(resource.get("gender")),
    )


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of a person (Patient, Practitioner, RelatedPerson) that lists need."""
    return envelope.Envelope(
        kind=str(resource.get("resourceType", "patient")).lower(),
        title=elements.human_name(resource.get("name")),
        date=parse(resource.get("birthDate")),
        status=elements.text(resource.get("gender")),
    )


def is_named(name: str, typed: str) -> bool:
    """Whether every word of what was typed begins a word of a name."""
    words, parts = name.casefold().split(), typed.casefold().split()
    return bool(parts) and all(any(word.startswith(part) for word in words) for part in parts)
