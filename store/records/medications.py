"""Medications: ordered (MedicationRequest), self-reported (MedicationStatement) and dispensed (FHIR R4 §11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, envelope
from store.records.dates import FhirDate, parse
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from decimal import Decimal

    from store.records.elements import Json


CURRENT = ("active", "on-hold", "draft", "intended", "unknown")
"""The statuses of what is being taken, or may be."""


@dataclass(frozen=True, slots=True)
class Medication:
    """One entry of the medication list.

    `source` is `prescribed`, `self-reported` or `dispensed`. `repeats` is how many refills the order allowed;
    `quantity` and `supply` (days, in words) are what one dispense gives. `expires` is the end of the order's validity.
    `filled` is when it was last dispensed. `folded` names the other entries of the same medicine that this one stands
    for, and `differs` one whose directions are others.
    """

    id: Safe
    type: Safe
    name: Safe
    code: Safe
    status: Safe
    directions: Safe
    prescriber: Safe
    started: FhirDate | None
    expires: FhirDate | None
    repeats: Decimal | None
    quantity: Safe
    supply: Safe
    source: Safe
    reason: Safe
    portal: Safe = EMPTY
    patient: Safe = EMPTY
    filled: FhirDate | None = None
    folded: tuple[Safe, ...] = ()
    differs: Safe = EMPTY


def name(resource: Json) -> Safe:
    """What the medicine is called; empty when that stands in another resource that is only referred to."""
    if found := elements.concept(resource.get("medicationCodeableConcept")):
        return found
    target = resource.get("medicationReference")
    return elements.concept(elements.contained(resource, elements.reference(target)).get("code")) or elements.text(
        elements.first(target).get("display")
    )


def code(resource: Json) -> Safe:
    """The first code of the medicine, usually RxNorm."""
    inside = elements.contained(resource, elements.reference(resource.get("medicationReference")))
    return elements.code(resource.get("medicationCodeableConcept")) or elements.code(inside.get("code"))


def read(resource: Json, title: Safe = EMPTY, origin: Source = NOWHERE) -> Medication:
    """Read a MedicationRequest or MedicationStatement; `title` names a medicine that is only referred to."""
    dispense = elements.first(resource.get("dispenseRequest"))
    _, expires = elements.period(dispense.get("validityPeriod"))
    dosages = resource.get("dosageInstruction") or resource.get("dosage")
    return Medication(
        id=elements.text(resource.get("id")),
        type=elements.text(resource.get("resourceType")),
        name=name(resource) or title,
        code=code(resource),
        status=elements.text(resource.get("status")),
        directions=directions(dosages),
        prescriber=elements.text(elements.first(resource.get("requester")).get("display")),
        started=_started(resource),
        expires=expires,
        repeats=elements.number(dispense.get("numberOfRepeatsAllowed")),
        quantity=elements.quantity(dispense.get("quantity") or resource.get("quantity")),
        supply=elements.quantity(dispense.get("expectedSupplyDuration") or resource.get("daysSupply")),
        source=Safe(_source(resource)),
        reason=elements.concept(resource.get("reasonCode")),
        portal=origin.portal,
        patient=origin.patient,
    )


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of a medication that lists and filters need."""
    return envelope.Envelope(
        kind="medication",
        title=name(resource),
        code=code(resource),
        date=_started(resource),
        status=elements.text(resource.get("status")),
    )


def directions(dosages: object) -> Safe:
    """How to take it: the patient's instruction or the text of each dosage, else the dose and its timing."""
    found = [
        elements.text(item.get("patientInstruction")) or elements.text(item.get("text")) or _dose(item)
        for item in elements.objects(dosages)
    ]
    return Safe("; ".join(filter(None, found)))


def _source(resource: Json) -> str:
    if resource.get("resourceType") == "MedicationDispense":
        return "dispensed"
    is_reported = bool(resource.get("reportedReference")) or resource.get("reportedBoolean") is True
    return "self-reported" if is_reported or resource.get("resourceType") == "MedicationStatement" else "prescribed"


def _dose(dosage: Json) -> Safe:
    rate = elements.first(dosage.get("doseAndRate"))
    repeat = elements.first(elements.first(dosage.get("timing")).get("repeat"))
    every, unit = elements.number(repeat.get("period")), elements.text(repeat.get("periodUnit"))
    times = elements.number(repeat.get("frequency"))
    amount = elements.quantity(rate.get("doseQuantity"))
    rhythm = f"{elements.plain(times)} times every {elements.plain(every)} {unit}" if times and every else ""
    needed = "as needed" if dosage.get("asNeededBoolean") is True else ""
    return Safe(", ".join(filter(None, (amount, rhythm, needed))))


def _started(resource: Json) -> FhirDate | None:
    return (
        parse(resource.get("authoredOn"))
        or parse(resource.get("effectiveDateTime"))
        or elements.period(resource.get("effectivePeriod"))[0]
        or parse(resource.get("dateAsserted"))
        or parse(resource.get("whenHandedOver"))
        or parse(resource.get("whenPrepared"))
    )
