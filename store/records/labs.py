"""Observations: laboratory results, vital signs and everything else that is measured or asked (FHIR R4 §10.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements, envelope
from store.records.dates import FhirDate, parse
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
    "UNE": "unexpected", "U": "rising", "D": "falling", "B": "better", "W": "worse",
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


@dataclass(frozen=True, slots=True)
class LabResult:
    """One result: `value` in words with its unit apart, `number` when it is one, `range` and `flag` in words.

    `number` keeps the precision that the laboratory gave. `flag` is empty when the laboratory set none and the
    range does not tell.
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
    portal: Safe = EMPTY
    patient: Safe = EMPTY


def kind(resource: Json) -> str:
    """The plain noun an Observation is listed under: `lab`, `vital` or `observation`."""
    categories = elements.codes(resource.get("category"))
    if "laboratory" in categories or "LAB" in categories:
        return "lab"
    return "vital" if "vital-signs" in categories else "observation"


def read(resource: Json, origin: Source = NOWHERE) -> LabResult:
    """Read an Observation."""
    value, unit, number, components = _measured(resource)
    return LabResult(
        id=elements.text(resource.get("id")),
        date=_date(resource),
        name=elements.concept(resource.get("code")),
        code=elements.code(resource.get("code")),
        value=value,
        unit=unit,
        number=number,
        range=range_in_words(resource),
        flag=flag(resource, number) or _worst(resource),
        status=elements.text(resource.get("status")),
        category=elements.concept(resource.get("category")),
        components=components,
        portal=origin.portal,
        patient=origin.patient,
    )


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of an Observation that lists and filters need."""
    value, unit, number, _ = _measured(resource)
    return envelope.Envelope(
        kind=kind(resource),
        title=elements.concept(resource.get("code")),
        code=elements.code(resource.get("code")),
        date=_date(resource),
        status=elements.text(resource.get("status")),
        flag=flag(resource, number) or _worst(resource),
        value=value,
        unit=unit,
    )


def flag(resource: Json, number: Decimal | None) -> Safe:
    """The laboratory's interpretation in words; without one, what the reference range tells of `number`."""
    codes = [elements.code(item) for item in elements.objects(resource.get("interpretation"))]
    for found in codes:
        if found in _FLAG_WORDS:
            return Safe(_FLAG_WORDS[found])
    if spelled := elements.concept(resource.get("interpretation")):
        return Safe(spelled.lower())
    low, high = _bounds(resource)
    if number is None or elements.first(resource.get("valueQuantity")).get("comparator"):
        return EMPTY
    if low is not None and number < low:
        return Safe("low")
    return Safe("high") if high is not None and number > high else EMPTY


def _worst(resource: Json) -> Safe:
    """Of a result in parts, such as a blood pressure, the flag of the part that is furthest out of range."""
    parts = elements.objects(resource.get("component"))
    found = [flag(part, elements.number(elements.first(part.get("valueQuantity")).get("value"))) for part in parts]
    return max(found, key=_graveness, default=EMPTY)


def _graveness(words: Safe) -> int:
    return 3 if words.startswith("critical") else 2 if words not in NOT_ABNORMAL else 1 if words else 0


def range_in_words(resource: Json) -> Safe:
    """The reference range as its own text, else as `low - high`, `≥ low` or `≤ high`."""
    item = elements.first(resource.get("referenceRange"))
    if found := elements.text(item.get("text")):
        return found
    low, high = _bounds(resource)
    if low is not None and high is not None:
        return Safe(f"{elements.plain(low)} - {elements.plain(high)}")
    if low is not None:
        return Safe(f"≥ {elements.plain(low)}")
    return Safe(f"≤ {elements.plain(high)}") if high is not None else EMPTY


def _bounds(resource: Json) -> tuple[Decimal | None, Decimal | None]:
    ranges = elements.objects(resource.get("referenceRange"))
    if len(ranges) != 1:  # several ranges hold for different people or phases, and which is not ours to say
        return None, None
    low, high = elements.first(ranges[0].get("low")), elements.first(ranges[0].get("high"))
    unit = elements.first(resource.get("valueQuantity")).get("unit")
    if any(part.get("unit") not in (None, unit) for part in (low, high)):
        return None, None
    return elements.number(low.get("value")), elements.number(high.get("value"))


def _date(resource: Json) -> FhirDate | None:
    return (
        parse(resource.get("effectiveDateTime"))
        or parse(resource.get("effectiveInstant"))
        or elements.period(resource.get("effectivePeriod"))[0]
        or parse(resource.get("issued"))
    )


def _measured(resource: Json) -> tuple[Safe, Safe, Decimal | None, tuple[Component, ...]]:
    """The value of an Observation in words, its unit, its number where it is one, and its parts."""
    value, unit, number = _value(resource)
    components = tuple(_component(part) for part in elements.objects(resource.get("component")))
    if not value and components:
        value, unit = _components_in_words(components)
    return value or _absent_in_words(resource), unit, number, components


def _value(part: Json) -> tuple[Safe, Safe, Decimal | None]:
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


def _component(part: Json) -> Component:
    value, unit, number = _value(part)
    return Component(
        name=elements.concept(part.get("code")),
        code=elements.code(part.get("code")),
        value=value or _absent_in_words(part),
        unit=unit,
        number=number,
    )


def _components_in_words(components: tuple[Component, ...]) -> tuple[Safe, Safe]:
    by_code = {component.code: component for component in components}
    systolic, diastolic = by_code.get(Safe("8480-6")), by_code.get(Safe("8462-4"))
    if systolic and diastolic and systolic.number is not None and diastolic.number is not None:
        return Safe(f"{systolic.value}/{diastolic.value}"), systolic.unit
    parts = [f"{part.name}: {part.value} {part.unit}".rstrip() for part in components if part.value]
    return Safe("; ".join(parts)), EMPTY


def _absent_in_words(part: Json) -> Safe:
    reason = elements.concept(part.get("dataAbsentReason"))
    return Safe(f"no value ({reason.lower()})") if reason else EMPTY
