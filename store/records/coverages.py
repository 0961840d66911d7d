"""Insurance as it is shown, and as a patient tells of it: Coverages, and the pictures of the card (FHIR R4 §13.1)."""

from __future__ import annotations

import base64
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, envelope
from store.records.refills import REQUEST_ID_SYSTEM
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.dates import FhirDate
    from store.records.elements import Json
    from store.records.whose import Whose

_CLASSES = "http://terminology.hl7.org/CodeSystem/coverage-class"
_CARD: Json = {
    "coding": [{"system": "http://loinc.org", "code": "64290-0", "display": "Health insurance card"}],
    "text": "Health insurance card",
}
CURRENT = frozenset({"active", "draft"})
LATER = "urn:uuid:"  # before the identifier of another request, whose result takes the place of the two


@dataclass(frozen=True, slots=True)
class Insurance:
    """One insurance; `change` is where a change of it stands that is not at its portal, as the outbox says."""

    id: Safe
    status: Safe
    payer: Safe
    plan: Safe
    group: Safe
    member: Safe
    relationship: Safe
    start: FhirDate | None
    end: FhirDate | None
    portal: Safe = EMPTY
    patient: Safe = EMPTY
    change: Safe = EMPTY


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of a Coverage: it is called by the insurer and the plan, as the card has it."""
    general = envelope.general(resource, "insurance")
    payer = elements.text(elements.first(resource.get("payor")).get("display"))
    return replace(general, title=Safe(", ".join(filter(None, (payer, read(resource).plan)))) or general.title)


def read(resource: Json, origin: Source = NOWHERE) -> Insurance:
    """Read a Coverage."""
    start, end = elements.period(resource.get("period"))
    return Insurance(
        id=elements.text(resource.get("id")),
        status=elements.text(resource.get("status")),
        payer=elements.reference_words(resource.get("payor")),
        plan=_class(resource, "plan") or elements.concept(resource.get("type")),
        group=_class(resource, "group"),
        member=elements.text(resource.get("subscriberId")) or _member(resource),
        relationship=elements.concept(resource.get("relationship")),
        start=start,
        end=end,
        portal=origin.portal,
        patient=origin.patient,
    )


@dataclass(frozen=True, slots=True)
class NewInsurance:
    """What is on a card: who pays, the member's number, and what else is known; dates are FHIR dates."""

    payer: str
    member: str
    plan: str = ""
    group: str = ""
    start: str = ""


def build(wanted: NewInsurance, patient: str, request_id: str) -> Json:
    """Write an insurance whose subscriber is the patient as a Coverage with our identifier."""
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB"}]}
    subject = {"reference": patient}
    coverage: Json = {
        "resourceType": "Coverage",
        "identifier": [
            {"system": REQUEST_ID_SYSTEM, "value": request_id},
            {"type": kind, "value": wanted.member},
        ],
        "status": "active",
        "subscriber": dict(subject),
        "subscriberId": wanted.member,
        "beneficiary": dict(subject),
        "relationship": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "code": "self"}]
        },
    }
    if wanted.start:
        coverage["period"] = {"start": wanted.start}
    coverage["payor"] = [{"display": wanted.payer}]
    classes = [
        {"type": {"coding": [{"system": _CLASSES, "code": code}]}, "value": value}
        for code, value in (("group", wanted.group), ("plan", wanted.plan))
        if value
    ]
    if classes:
        coverage["class"] = classes
    return coverage


def ended(coverage: Json, day: str) -> Json:
    """An insurance as it shall be when it is over since a day."""
    changed = deepcopy(coverage)
    period = changed.get("period")
    changed["period"] = {**(period if isinstance(period, dict) else {}), "end": day}
    return {**changed, "status": "cancelled"}


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of one side of a card: its `side` (front, back), media type and content."""

    side: str
    content_type: str
    content: bytes


def picture(photo: Photo, patient: str) -> Json:
    """Write a picture as a Binary of the patient's own."""
    return {
        "resourceType": "Binary",
        "contentType": photo.content_type,
        "securityContext": {"reference": patient},
        "data": base64.b64encode(photo.content).decode("ascii"),
    }


def card(photos: tuple[tuple[Photo, str], ...], whose: Whose, request_id: str, date: str) -> Json:
    """Write the pictures of a card as a DocumentReference; beside each stands where it is, or "" to have it inside."""
    return {
        "resourceType": "DocumentReference",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": request_id}],
        "status": "current",
        "type": deepcopy(_CARD),
        "subject": {"reference": whose.patient},
        "date": date,
        "author": [{"reference": whose.author}],
        "content": [{"attachment": _attachment(photo, url)} for photo, url in photos],
    }


def _attachment(photo: Photo, url: str) -> Json:
    where = {"url": url} if url else {"data": base64.b64encode(photo.content).decode("ascii")}
    return {
        "contentType": photo.content_type,
        **where,
        "size": len(photo.content),
        "title": f"{photo.side.capitalize()} of the card",
    }


def _class(resource: Json, code: str) -> Safe:
    for item in elements.objects(resource.get("class")):
        if code in elements.codes(item.get("type")):
            return elements.text(item.get("name")) or elements.text(item.get("value"))
    return EMPTY


def _member(resource: Json) -> Safe:
    for item in elements.objects(resource.get("identifier")):
        if "MB" in elements.codes(item.get("type")):
            return elements.text(item.get("value"))
    return EMPTY
