"""Allergies as they are shown, and as a patient tells of them (FHIR R4 AllergyIntolerance)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements
from store.records.dates import FhirDate, parse
from store.records.refills import REQUEST_ID_SYSTEM
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.whose import Whose

_SYSTEM = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
CATEGORIES = ("food", "medication", "environment", "biologic")
SEVERITIES = ("mild", "moderate", "severe")
OVER = frozenset({"inactive", "resolved"})


@dataclass(frozen=True, slots=True)
class Allergy:
    """One allergy; `is_own` says that the patient has told of it and nobody has confirmed it.

    `change` is where a change of it stands that the portal has not confirmed, as the outbox calls it.
    """

    id: Safe
    substance: Safe
    category: Safe
    reaction: Safe
    severity: Safe
    criticality: Safe
    status: Safe
    standing: Safe
    recorded: FhirDate | None
    is_own: bool
    portal: Safe = EMPTY
    patient: Safe = EMPTY
    change: Safe = EMPTY


def read(resource: Json, origin: Source = NOWHERE) -> Allergy:
    """Read an AllergyIntolerance."""
    category = resource.get("category")
    reaction = elements.first(resource.get("reaction"))
    return Allergy(
        id=elements.text(resource.get("id")),
        substance=elements.concept(resource.get("code")),
        category=elements.text(category[0]) if isinstance(category, list) and category else EMPTY,
        reaction=elements.concept(reaction.get("manifestation")),
        severity=elements.text(reaction.get("severity")),
        criticality=elements.text(resource.get("criticality")),
        status=elements.code(resource.get("clinicalStatus")),
        standing=elements.code(resource.get("verificationStatus")),
        recorded=parse(resource.get("recordedDate")),
        is_own=is_own(resource),
        portal=origin.portal,
        patient=origin.patient,
    )


def is_own(resource: Json) -> bool:
    """Whether the patient who has an allergy, or who acts for them, has told of it, and nobody has confirmed it."""
    subject = elements.target(elements.reference(resource.get("patient")))
    teller = elements.target(elements.reference(resource.get("asserter") or resource.get("recorder")))
    is_theirs = (teller[0] == "Patient" and teller == subject) or teller[0] == "RelatedPerson"
    return is_theirs and elements.code(resource.get("verificationStatus")) in _OWN


_OWN = frozenset({"unconfirmed"})


@dataclass(frozen=True, slots=True)
class NewAllergy:
    """What a patient tells of an allergy."""

    substance: str
    category: str = ""
    reaction: str = ""
    severity: str = ""
    note: str = ""


def build(wanted: NewAllergy, whose: Whose, request_id: str, now: str) -> Json:
    """Write an allergy in the author's own name, unconfirmed, with our identifier."""
    allergy: Json = {
        "resourceType": "AllergyIntolerance",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": request_id}],
        "clinicalStatus": _coded("clinical", "active"),
        "verificationStatus": _coded("verification", "unconfirmed"),
    }
    if wanted.category:
        allergy["category"] = [wanted.category]
    allergy |= {
        "code": {"text": wanted.substance},
        "patient": {"reference": whose.patient},
        "recordedDate": now,
        "recorder": {"reference": whose.author},
        "asserter": {"reference": whose.author},
    }
    if wanted.note:
        allergy["note"] = [{"authorReference": {"reference": whose.author}, "time": now, "text": wanted.note}]
    if wanted.reaction:
        severity = {"severity": wanted.severity} if wanted.severity else {}
        allergy["reaction"] = [{"manifestation": [{"text": wanted.reaction}], **severity}]
    return allergy


def withdrawn(allergy: Json) -> Json:
    """An allergy as it shall be when it was entered in error, without the status that such a one may not have."""
    changed = {name: value for name, value in deepcopy(allergy).items() if name != "clinicalStatus"}
    return {**changed, "verificationStatus": _coded("verification", "entered-in-error")}


def resolved(allergy: Json) -> Json:
    """An allergy as it shall be when the patient has it no more."""
    return {**deepcopy(allergy), "clinicalStatus": _coded("clinical", "resolved")}


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{_SYSTEM}{system}", "code": code}]}
