"""Observations: laboratory results, vital signs and everything else that is measured or asked (FHIR R4 §10.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import analytes, elements, envelope, ranges, units
from store.records.dates import FhirDate, parse
from store.records.ranges import NOBODY, Person
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from decimal import Decimal

    from store.records.elements import Json

_FLAG_WORDS = {
    "H": "high", "HU": "high", "HH": "critically high", ">": "high", "L": "low", "LU": "low", "LL": "critically low",
    "<": "low", "A": "abnormal", "AA": "critically abnormal", "N": "normal", "POS": "positive", "NEG": "negative",
    "DET": "detected", "ND": "not detected", "IND": "indeterminate", "I": "intermediate", "R": "resistant",
    "S": "susceptible", "RR": "reactive", "NR": "not reactive", "WR": "weakly reactive", "EXP": "as expected",
    "UNE": "unexpected", "U": "rising", "D": "falling", "B": "better", "W": "worse", "HX": "high", "LX": "low",
    "H>": "high", "L<": "low", "E": "equivocal", "TOX": "toxic", "CAR": "carrier", "NS": "not susceptible",
    "SDD": "susceptible at a higher dose", "IE": "insufficient evidence", "QCF": "quality control failed",
}  # fmt: skip
NOT_ABNORMAL = frozenset({"", "normal", "negative", "not detected", "not reactive", "as expected", "susceptible"})


@dataclass(frozen=True, slots=True)
class Component:
    """One named part of a result, such as the systolic part of a blood pressure."""

    name: Safe
    code: Safe
    value: Safe
    unit: Safe
    number: Decimal | None
    range: Safe = EMPTY
    flag: Safe = EMPTY


@dataclass(frozen=True, slots=True)
class LabResult:
    """One result: `value` in words with its unit apart, `number` when it is one, `range` and `flag` in words.

    `number` keeps the precision that the laboratory gave. `flag` is empty when the laboratory set none and the
    range does not tell. `previous` is the value before it of the same thing, in words with its unit, and `change` the
    difference between both where they are numbers of one unit.
    """

    id: Safe
    date: FhirDate | None
    name: Safe
    code: Safe
    value: Safe
    unit: Safe
    number: Decimal | None
    range: Safe
    flag: Safe
    status: Safe
    category: Safe
    components: tuple[Component, ...]
    previous: Safe = EMPTY
    previous_date: FhirDate | None = None
    change: Decimal | None = None
    portal: Safe = EMPTY
    patient: Safe = EMPTY


def kind(resource: Json) -> str:
    """The plain noun an Observation is listed under: `lab`, `vital` or `observation`."""
    categories = elements.codes(resource.get("category"))
    if "laboratory" in categories or "LAB" in categories:
        return "lab"
    return "vital" if "vital-signs" in categories else "observation"


def read(resource: Json, origin: Source = NOWHERE, person: Person = NOBODY) -> LabResult:
    """Read an Observation; who the `person` is decides between ranges that differ by age or sex."""
    value, unit, number, components = _measured(resource, person)
    spans = ranges.read(resource)
    return LabResult(
        id=elements.text(resource.get("id")),
        date=date(resource),
        name=elements.concept(resource.get("code")),
        code=analytes.code(resource.get("code")),
        value=value,
        unit=unit,
        number=number,
        range=ranges.in_words(spans, unit),
        flag=flag(resource, number, spans, person) or _worst(components),
        status=elements.text(resource.get("status")),
        category=elements.concept(resource.get("category")),
        components=components,
        portal=origin.portal,
        patient=origin.patient,
    )


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of an Observation that lists and filters need."""
    value, unit, number, components = _measured(resource, NOBODY)
    return envelope.Envelope(
        kind=kind(resource),
        title=elements.concept(resource.get("code")),
        code=analytes.code(resource.get("code")),
        date=date(resource),
        status=elements.text(resource.get("status")),
        flag=flag(resource, number, ranges.read(resource)) or _worst(components),
        value=value,
        unit=unit,
    )


def flag(
    part: Json,
    number: Decimal | None,
    spans: tuple[ranges.ReferenceRange, ...],
    person: Person = NOBODY,
    at: FhirDate | None = None,
) -> Safe:
    """The laboratory's interpretation in words; without one, what the reference range tells of `number`."""
    interpretation = part.get("interpretation")
    if interpretation:
        for found in [elements.code(item) for item in elements.objects(interpretation)]:
            if found in _FLAG_WORDS:
                return Safe(_FLAG_WORDS[found])
        if spelled := elements.concept(interpretation):
            return Safe(spelled.lower())
    quantity = elements.first(part.get("valueQuantity"))
    if number is None or not spans or quantity.get("comparator"):
        return EMPTY
    span = ranges.applying(part, spans, unit_of(quantity), person, at or date(part))
    return ranges.side(number, span) if span else EMPTY


def unit_of(quantity: Json) -> str:
    """The canonical unit of a Quantity."""
    code, system, unit = quantity.get("code"), quantity.get("system"), quantity.get("unit")
    return units.of_quantity(
        code if isinstance(code, str) else "",
        system if isinstance(system, str) else "",
        unit if isinstance(unit, str) else "",
    )


def _worst(components: tuple[Component, ...]) -> Safe:
    """Of a result in parts, such as a blood pressure, the flag of the part that is furthest out of range."""
    return max((part.flag for part in components), key=_graveness, default=EMPTY)


def _graveness(words: Safe) -> int:
    return 3 if words.startswith("critical") else 2 if words not in NOT_ABNORMAL else 1 if words else 0


def date(resource: Json) -> FhirDate | None:
    """When a sample was taken or something was measured, else when that was told."""
    return (
        parse(resource.get("effectiveDateTime"))
        or parse(resource.get("effectiveInstant"))
        or elements.period(resource.get("effectivePeriod"))[0]
        or parse(resource.get("issued"))
    )


def _measured(resource: Json, person: Person) -> tuple[Safe, Safe, Decimal | None, tuple[Component, ...]]:
    """The value of an Observation in words, its unit, its number where it is one, and its parts."""
    value, unit, number = value_of(resource)
    parts = resource.get("component")
    components = tuple(_component(part, person, date(resource)) for part in elements.objects(parts)) if parts else ()
    if not value and components:
        value, unit = _components_in_words(components)
    return value or absent_in_words(resource), unit, number, components


def value_of(part: Json) -> tuple[Safe, Safe, Decimal | None]:
    """The value[x] of an Observation or a component as words, unit and number."""
    if quantity := elements.first(part.get("valueQuantity")):
        number = elements.number(quantity.get("value"))
        if number is None:
            return EMPTY, EMPTY, None
        unit = elements.text(quantity.get("unit")) or elements.text(quantity.get("code"))
        return Safe(f"{elements.text(quantity.get('comparator'))}{elements.plain(number)}"), unit, number
    number = elements.number(part.get("valueInteger"))
    if number is not None:
        return Safe(elements.plain(number)), EMPTY, number
    if isinstance(part.get("valueBoolean"), bool):
        return Safe("yes" if part["valueBoolean"] else "no"), EMPTY, None
    return _other_value(part), EMPTY, None


def _other_value(part: Json) -> Safe:
    for name in ("valueString", "valueDateTime", "valueTime"):
        if found := elements.text(part.get(name)):
            return found
    if found := elements.concept(part.get("valueCodeableConcept")):
        return found
    if ratio := elements.first(part.get("valueRatio")):
        return Safe(f"{elements.quantity(ratio.get('numerator'))} : {elements.quantity(ratio.get('denominator'))}")
    if span := elements.first(part.get("valueRange")):
        return Safe(f"{elements.quantity(span.get('low'))} - {elements.quantity(span.get('high'))}")
    if span := elements.first(part.get("valuePeriod")):
        start, end = elements.period(span)
        return Safe(f"{start.day() if start else '…'} to {end.day() if end else '…'}")
    return Safe("a recorded waveform") if part.get("valueSampledData") else EMPTY


def _component(part: Json, person: Person, at: FhirDate | None) -> Component:
    value, unit, number = value_of(part)
    spans = ranges.read(part)
    return Component(
        name=elements.concept(part.get("code")),
        code=analytes.code(part.get("code")),
        value=value or absent_in_words(part),
        unit=unit,
        number=number,
        range=ranges.in_words(spans, unit),
        flag=flag(part, number, spans, person, at),
    )


def _components_in_words(components: tuple[Component, ...]) -> tuple[Safe, Safe]:
    by_code = {component.code: component for component in components}
    systolic, diastolic = by_code.get(Safe("8480-6")), by_code.get(Safe("8462-4"))
    if systolic and diastolic and systolic.number is not None and diastolic.number is not None:
        return Safe(f"{systolic.value}/{diastolic.value}"), systolic.unit
    parts = [f"{part.name}: {part.value} {part.unit}".rstrip() for part in components if part.value]
    return Safe("; ".join(parts)), EMPTY


def absent_in_words(part: Json) -> Safe:
    """Why there is no value, in words; empty where that is not told."""
    reason = elements.concept(part.get("dataAbsentReason"))
    return Safe(f"no value ({reason.lower()})") if reason else EMPTY
