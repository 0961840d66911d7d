"""RECORD_TYPES: for each FHIR type with words of its own, the noun it is listed under and how its columns are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from store.light import dataclass
from store.records import (
    appointments,
    coverages,
    elements,
    envelope,
    labs,
    medications,
    messages,
    paperwork,
    patients,
    refills,
    reports,
)
from store.records.elements import Json
from store.records.envelope import Envelope
from store.records.text import Safe

ReadEnvelope: TypeAlias = Callable[[Json], Envelope]


@dataclass(frozen=True)
class RecordType:
    """One FHIR type: its plain noun, and the function that reads its columns (None: the general rules)."""

    noun: str
    read_envelope: ReadEnvelope | None = None


RECORD_TYPES: dict[str, RecordType] = {
    "AllergyIntolerance": RecordType("allergy"),
    "Appointment": RecordType("appointment", appointments.read_envelope),
    "AppointmentResponse": RecordType("appointmentresponse", paperwork.read_answer),
    "Communication": RecordType("message", messages.read_envelope),
    "Condition": RecordType("condition"),
    "Coverage": RecordType("insurance", coverages.read_envelope),
    "DiagnosticReport": RecordType("report", reports.read_envelope),
    "DocumentReference": RecordType("document", reports.read_envelope),
    "Encounter": RecordType("visit"),
    "Immunization": RecordType("immunization"),
    "Medication": RecordType("medicine"),
    "MedicationDispense": RecordType("dispense", medications.read_envelope),
    "MedicationRequest": RecordType("medication", medications.read_envelope),
    "MedicationStatement": RecordType("medication", medications.read_envelope),
    "Observation": RecordType("lab", labs.read_envelope),
    "Patient": RecordType("patient", patients.read_envelope),
    "Practitioner": RecordType("practitioner", patients.read_envelope),
    "Procedure": RecordType("procedure"),
    "Provenance": RecordType("provenance", paperwork.read_origin),
    "RelatedPerson": RecordType("relatedperson", patients.read_envelope),
    "Task": RecordType("refill", refills.read_envelope),
}

_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")


def noun(type_name: str) -> Safe:
    """The plain noun a FHIR type is listed under; for a type without one, its own name in lower case."""
    known = RECORD_TYPES.get(type_name)
    return Safe(known.noun) if known else elements.text(type_name.lower())


def spellings(typed: str) -> tuple[str, ...]:
    """What a word for a kind of record may stand for, in the order of likelihood: as it is, or out of its plural."""
    plain = typed.lower().replace(" ", "").replace("_", "").replace("-", "")
    return plain, plain.removesuffix("s"), f"{plain.removesuffix('ies')}y"


def read_envelope(resource: Json) -> Envelope:
    """Read the columns of a resource of any type.

    A medication that is only referred to keeps an empty title, to be filled in once the other resource is known;
    any other resource without a name of its own is called by its type.
    """
    type_name = str(resource.get("resourceType", ""))
    known = RECORD_TYPES.get(type_name)
    if known and known.read_envelope:
        found = known.read_envelope(resource)
        if known.noun == "dispense":
            found = replace(found, kind="dispense")
    else:
        found = envelope.general(resource, noun(type_name))
    if found.title or (isinstance(resource.get("medicationReference"), dict) and _points_out(resource)):
        return found
    return replace(found, title=type_in_words(type_name))


def type_in_words(type_name: str) -> Safe:
    """`ImagingStudy` as `Imaging study`."""
    words = _WORD_START.sub(" ", type_name).lower()
    return elements.text(words[:1].upper() + words[1:]) or Safe("Record")


def _points_out(resource: Json) -> bool:
    target = elements.reference(resource.get("medicationReference"))
    return bool(target) and not target.startswith("#")
