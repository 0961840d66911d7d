"""What stands in the columns of tables: for every kind of record, each with its type and the FHIRPath it is read from.

Flat views in the manner of SQL on FHIR: one row a record, one column a path, of which the first value is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from store.export.format import Exported
from store.records import elements, medications, ranges
from store.records.dates import from_epoch

if TYPE_CHECKING:
    from store.records.elements import Json

Value: TypeAlias = "str | Decimal | int | bool | None"
Read: TypeAlias = Callable[[Exported], "str | Decimal | int | bool | None"]
_SYSTOLIC, _DIASTOLIC = "8480-6", "8462-4"
_FIRST_YEAR, _LAST_YEAR = -62_135_596_800, 253_402_300_799  # the calendar that timestamps have


class Type(StrEnum):
    """What a column holds: text, a decimal number, a moment (UTC), or true and false."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "timestamp"
    TRUTH = "boolean"


@dataclass(frozen=True)
class Column:
    """One column: its name, its type, the FHIRPath (or what else it is), and how it is read."""

    name: str
    type: Type
    path: str
    read: Read


def view(kind: str) -> tuple[Column, ...]:
    """The columns of a file of one kind; of one with several kinds, where it names none, those that most have."""
    return (*COMMON, *(MIXED if not kind else OWN.get(kind, ())))


def described(kind: str) -> dict[str, tuple[str, str]]:
    """The columns of a file by name: type and path, for who reads it."""
    return {column.name: (column.type.value, column.path) for column in view(kind)}


def as_text(value: Value) -> str:
    """A value as it is written in text: moments and truths as JSON has them, numbers with the digits they came with."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return elements.plain(value) if isinstance(value, Decimal) else str(value)


def _along(value: object, path: str) -> object:
    """What stands at a path of member names, the first of each list."""
    for name in path.split("."):
        value = elements.first(value).get(name)
    return value[0] if isinstance(value, list) and value and not isinstance(value[0], dict) else value


def _ways(resource: Json, path: str) -> object:
    """The first that there is of several paths, with `|` between them."""
    return next((found for way in path.split(" | ") if (found := _along(resource, way)) not in (None, "", [])), None)


def _text(name: str, path: str) -> Column:
    return Column(name, Type.TEXT, path, lambda record: elements.long_text(_ways(record.resource, path)))


def _concept(name: str, path: str) -> Column:
    def read(record: Exported) -> Value:
        found = _ways(record.resource, path)
        return elements.text(found) if isinstance(found, str) else elements.concept(found)

    return Column(name, Type.TEXT, f"{path} (text, else display, else code)", read)


def _who(name: str, path: str) -> Column:
    def read(record: Exported) -> Value:
        return elements.reference_words(_ways(record.resource, path))

    return Column(name, Type.TEXT, f"{path} (display, else identifier, else reference)", read)


def _number(name: str, path: str) -> Column:
    return Column(name, Type.NUMBER, path, lambda record: elements.number(_ways(record.resource, path)))


def _truth(name: str, path: str) -> Column:
    def read(record: Exported) -> Value:
        found = _ways(record.resource, path)
        return found if isinstance(found, bool) else None

    return Column(name, Type.TRUTH, path, read)


def _shown(name: str, path: str, read: Read) -> Column:
    return Column(name, Type.TEXT, path, read)


def _moment(record: Exported) -> Value:
    if record.date is None or not _FIRST_YEAR <= record.date <= _LAST_YEAR:
        return None
    return str(from_epoch(record.date).text)


def _coding(record: Exported) -> Json:
    found = record.resource
    about = found.get("code") or found.get("medicationCodeableConcept") or found.get("vaccineCode")
    return next(elements.codings(about or found.get("type")), {})


def _system(record: Exported) -> Value:
    return elements.text(_coding(record).get("system"))


def _display(record: Exported) -> Value:
    return elements.text(_coding(record).get("display"))


def _first_code(record: Exported) -> Value:
    return elements.text(_coding(record).get("code")) or record.code


def _measured(record: Exported) -> Value:
    found = _ways(record.resource, "valueQuantity.value | valueInteger")
    is_bound = bool(_along(record.resource, "valueQuantity.comparator"))
    return None if is_bound else elements.number(found)


def _range(record: Exported) -> ranges.ReferenceRange | None:
    return next((one for one in record.ranges if not one.kind), None)


def _low(record: Exported) -> Value:
    found = _range(record) if record.type == "Observation" else None
    return found.low if found else None


def _high(record: Exported) -> Value:
    found = _range(record) if record.type == "Observation" else None
    return found.high if found else None


def _in_words(record: Exported) -> Value:
    return ranges.in_words(record.ranges, record.unit) if record.type == "Observation" else ""


def _part(code: str) -> Read:
    def read(record: Exported) -> Value:
        parts = elements.objects(record.resource.get("component"))
        found = next((part for part in parts if code in elements.codes(part.get("code"))), {})
        return elements.number(_along(found, "valueQuantity.value"))

    return read


def _directions(record: Exported) -> Value:
    is_medication = record.type.startswith("Medication")
    found = record.resource
    return medications.directions(found.get("dosageInstruction") or found.get("dosage")) if is_medication else ""


def _words_sent(record: Exported) -> Value:
    parts = elements.objects(record.resource.get("payload"))
    return "\n".join(filter(None, (elements.long_text(part.get("contentString")) for part in parts)))


_PERFORMER = _who("performer", "performer | performer.actor | requester | participant.individual")
_VALUE = (
    _shown("value", "value[x] in words, parts put together", lambda record: record.value),
    Column("value_number", Type.NUMBER, "valueQuantity.value | valueInteger, where it is no bound", _measured),
    _text("comparator", "valueQuantity.comparator"),
    _shown("unit", "valueQuantity.unit", lambda record: record.unit),
    Column("ref_low", Type.NUMBER, "referenceRange.low.value, of what is usual", _low),
    Column("ref_high", Type.NUMBER, "referenceRange.high.value, of what is usual", _high),
    _shown("ref_range", "referenceRange in words", _in_words),
    _shown("flag", "interpretation in words, else what the range tells", lambda record: record.flag),
    _PERFORMER,
)
_DIRECTIONS = _shown("directions", "dosageInstruction | dosage, in words", _directions)
_PERIOD = (_text("start", "period.start"), _text("end", "period.end"))

COMMON: tuple[Column, ...] = (
    _shown("resource_type", "resourceType", lambda record: record.type),
    _shown("id", "id", lambda record: record.id),
    _shown("source", "the portal, or the file, that it is from", lambda record: record.origin.portal),
    _shown("patient", "whose it is", lambda record: record.origin.patient),
    _shown("kind", "the noun that `portal records list` knows it by", lambda record: record.kind),
    _shown("date", "when it is of, as it was written", lambda record: record.date_text),
    Column("date_utc", Type.MOMENT, "the same as a moment; where only a day is known, when that began", _moment),
    _shown("title", "what it is about, in words", lambda record: record.title),
    _shown("status", "status | clinicalStatus.coding.code", lambda record: record.status),
    _shown("code_system", "code.coding.system, of the first", _system),
    _shown("code", "code.coding.code, of the first", _first_code),
    _shown("display", "code.coding.display, of the first", _display),
    _text("last_updated", "meta.lastUpdated"),
)  # fmt: skip
MIXED: tuple[Column, ...] = (*_VALUE, _DIRECTIONS)
_MEDICATION = (
    _DIRECTIONS,
    _who("requester", "requester | informationSource"),
    _text("authored", "authoredOn | dateAsserted"),
    _text("start", "effectivePeriod.start | effectiveDateTime | dispenseRequest.validityPeriod.start"),
    _text("end", "effectivePeriod.end | dispenseRequest.validityPeriod.end"),
    _number("refills", "dispenseRequest.numberOfRepeatsAllowed"),
    _concept("reason", "reasonCode"),
)
OWN: dict[str, tuple[Column, ...]] = {
    "lab": _VALUE,
    "observation": _VALUE,
    "vital": (
        *_VALUE,
        Column("systolic", Type.NUMBER, f"component.where(code='{_SYSTOLIC}').valueQuantity.value", _part(_SYSTOLIC)),
        Column(
            "diastolic", Type.NUMBER, f"component.where(code='{_DIASTOLIC}').valueQuantity.value", _part(_DIASTOLIC)
        ),
    ),
    "medication": _MEDICATION,
    "dispense": (
        _DIRECTIONS,
        _text("handed_over", "whenHandedOver"),
        _number("quantity", "quantity.value"),
        _text("quantity_unit", "quantity.unit"),
        _number("days_supply", "daysSupply.value"),
    ),
    "allergy": (
        _text("category", "category"),
        _text("criticality", "criticality"),
        _concept("reaction", "reaction.manifestation"),
        _text("severity", "reaction.severity"),
        _concept("verification", "verificationStatus"),
        _text("onset", "onsetDateTime"),
    ),
    "condition": (
        _concept("category", "category"),
        _concept("severity", "severity"),
        _concept("verification", "verificationStatus"),
        _text("onset", "onsetDateTime | onsetPeriod.start"),
        _text("abatement", "abatementDateTime | abatementPeriod.end"),
        _text("recorded", "recordedDate"),
    ),
    "immunization": (
        _text("occurred", "occurrenceDateTime | occurrenceString"),
        _text("lot", "lotNumber"),
        _number("dose_number", "protocolApplied.doseNumberPositiveInt"),
        _who("performer", "performer.actor"),
        _who("manufacturer", "manufacturer"),
        _truth("is_primary_source", "primarySource"),
    ),
    "procedure": (
        _text("performed", "performedDateTime | performedPeriod.start"),
        _who("performer", "performer.actor"),
        _concept("body_site", "bodySite"),
        _concept("outcome", "outcome"),
    ),
    "appointment": (
        _text("start", "start | requestedPeriod.start"),
        _text("end", "end | requestedPeriod.end"),
        _number("minutes", "minutesDuration"),
        _who("with", "participant.actor"),
        _concept("reason", "reasonCode"),
        _text("instructions", "patientInstruction"),
    ),
    "visit": (
        _text("class", "class.display | class.code"),
        *_PERIOD,
        _who("with", "participant.individual"),
        _who("place", "location.location | serviceProvider"),
        _concept("reason", "reasonCode"),
    ),
    "report": (
        _concept("category", "category"),
        _text("issued", "issued"),
        _who("performer", "performer"),
        _text("conclusion", "conclusion"),
    ),
    "document": (
        _concept("category", "category"),
        _who("author", "author"),
        _text("description", "description"),
        _text("content_type", "content.attachment.contentType"),
    ),
    "message": (
        _text("sent", "sent"),
        _text("received", "received"),
        _who("sender", "sender"),
        _who("recipient", "recipient"),
        _shown("text", "payload.contentString", _words_sent),
        _text("part_of", "partOf.reference | inResponseTo.reference"),
    ),
    "refill": (
        _text("intent", "intent"),
        _text("asked", "authoredOn"),
        _concept("reason", "statusReason"),
        _text("order", "focus.reference"),
    ),
    "insurance": (
        _who("payer", "payor"),
        _text("member", "subscriberId"),
        _concept("type", "type"),
        _concept("relationship", "relationship"),
        *_PERIOD,
    ),
    "patient": (
        _text("born", "birthDate"),
        _text("sex", "gender"),
        _text("telecom", "telecom.value"),
        _text("city", "address.city"),
        _concept("language", "communication.language"),
        _text("died", "deceasedDateTime"),
    ),
}
