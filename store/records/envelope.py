"""The envelope of a record: the few columns that lists, filters and search need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements
from store.records.dates import FhirDate, parse
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.elements import Json


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a list shows of a record, read from its FHIR JSON.

    `kind` is the plain noun it is listed under; `code` the first code of what it is about; `flag` a word such as
    `high`; `value` and `unit` a result in words. A text that does not apply is empty; a date may be None.
    """

    kind: str
    title: Safe = EMPTY
    code: Safe = EMPTY
    date: FhirDate | None = None
    status: Safe = EMPTY
    flag: Safe = EMPTY
    value: Safe = EMPTY
    unit: Safe = EMPTY


# Elements that carry the subject matter, the time and the state of a resource across FHIR R4, best first.
_TITLES = (
    "code",
    "medicationCodeableConcept",
    "vaccineCode",
    "title",
    "name",
    "deviceName",
    "type",
    "serviceType",
    "description",
    "category",
    "class",
    "topic",
    "productCodeableConcept",
    "itemCodeableConcept",
    "reasonCode",
    "relationship",
    "reasonReference",
    "display",
    "label",
    "summary",
    "text",
    "scope",
)
_BILLS = ("Claim", "ExplanationOfBenefit")  # their own type says only how they were filed  # fmt: skip
_DATES = (
    "effectiveDateTime", "effectiveInstant", "effectivePeriod", "effectiveTime", "onsetDateTime", "onsetPeriod",
    "performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod", "period", "servicedDate",
    "servicedPeriod", "billablePeriod", "authoredOn", "authored", "whenHandedOver", "whenPrepared", "started",
    "start", "sent", "date", "dateTime", "issued", "created", "recordedDate", "recorded", "assertedDate",
    "dateAsserted", "startDate", "collectedDateTime", "receivedTime", "executionPeriod", "deliveryDate", "birthDate",
    "timestamp",
)  # fmt: skip
_PARTS = (
    "item",
    "activity",
    "suppliedItem",
    "component",
    "series",
    "detail",
    "entry",
    "diagnosis",
    "content",
)
_PART_TITLES = (
    "productOrService", "itemCodeableConcept", "code", "detail", "description", "bodySite", "modality", "text",
    "title", "attachment", "display",
)  # fmt: skip
_STATUSES = ("status", "clinicalStatus", "lifecycleStatus", "verificationStatus", "state")


def general(resource: Json, kind: str) -> Envelope:
    """Read the envelope of a resource of any type by the element names that FHIR R4 types share."""
    return Envelope(
        kind=kind,
        title=general_title(resource),
        code=elements.code(resource.get("code") or resource.get("type") or resource.get("vaccineCode")),
        date=general_date(resource),
        status=general_status(resource),
    )


def general_title(resource: Json) -> Safe:
    """Find words for what a resource is about, in its own elements and then in its first item or activity."""
    if resource.get("resourceType") in _BILLS and (found := _first_part_in_words(resource, ("item",))):
        return found
    for name in _TITLES:
        if name in resource and (found := words(resource[name])):
            return found
    if found := _first_part_in_words(resource, _PARTS):
        return found
    identifier = words(resource.get("identifier"))
    return EMPTY if identifier.startswith("urn:") else identifier


def _first_part_in_words(resource: Json, parts: tuple[str, ...]) -> Safe:
    for part in parts:
        for item in elements.objects(resource.get(part)):
            for name in _PART_TITLES:
                if found := words(item.get(name)):
                    return found
    return EMPTY


def words(value: object) -> Safe:
    """Any FHIR data type that has a name, in words; empty for what has none."""
    if isinstance(value, str):
        return elements.text(value)
    item = elements.first(value)
    if "coding" in item or "text" in item:
        return elements.concept(value)
    if "family" in item or "given" in item:
        return elements.human_name(value)
    if "display" in item or "reference" in item:
        return elements.text(item.get("display"))
    if isinstance(value, dict) or "value" in item or "name" in item:
        return elements.text(item.get("name")) or elements.text(item.get("value")) or elements.text(item.get("code"))
    return elements.text(value[0]) if isinstance(value, list) and value else EMPTY


def general_date(resource: Json) -> FhirDate | None:
    """Find the time a resource is about: clinical times first, then when it was written."""
    for name in _DATES:
        if name not in resource:
            continue
        found = parse(resource[name]) or _first_end(resource[name])
        if found and found.epoch is not None:
            return found
    return None


def _first_end(period: object) -> FhirDate | None:
    """The start of a Period, or its end where it has none."""
    item = elements.first(period)
    return parse(item.get("start")) or parse(item.get("end"))


def general_status(resource: Json) -> Safe:
    """The state of a resource in its own code."""
    for name in _STATUSES:
        value = resource.get(name)
        if found := elements.text(value) or elements.code(value):
            return found
    return EMPTY
