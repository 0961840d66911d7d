"""Observations taken apart into single measurements, as trends need them: one number, one unit, one range each."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import analytes, elements, labs, ranges, units
from store.records.lossless import encode
from store.records.ranges import NOBODY, Person
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.dates import FhirDate
    from store.records.elements import Json
    from store.records.ranges import ReferenceRange

TITRE = "titre"
_LARGEST = 30  # digits, and tens
_IN_TEXT = re.compile(rf"(<=|>=|<|>|≤|≥)?\s*(-?\d{{1,12}}(?:\.\d{{1,12}})?)\s*({units.IN_TEXT})?\Z")
_TITRE_IN_TEXT = re.compile(r"(<=|>=|<|>|≤|≥)?\s*1\s*:\s*(\d{1,9})\Z", re.ASCII)
_PLAIN_SIGNS = {"≤": "<=", "≥": ">="}
_COMPARATORS = frozenset({"<", "<=", ">", ">=", "ad"})


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing, measured once. `key` tells which thing; `panel` is what it is a part of, where it is one.

    `place` is the number of the portal and patient whose it is.

    `value` is as the laboratory wrote it and `unit` its unit in words, `ucum` the canonical one; `number` is None for
    a result that is none, and with a `comparator` it is a bound. A titre of 1:128 has number 128 and unit `titre`.
    """

    id: Safe
    date: FhirDate | None
    name: Safe
    code: Safe
    panel: Safe
    codes: frozenset[str]
    key: tuple[object, ...]
    value: Safe
    unit: Safe
    ucum: str
    number: Decimal | None
    comparator: Safe
    flag: Safe
    low: Decimal | None
    high: Decimal | None
    status: Safe
    portal: Safe
    place: int


@dataclass(frozen=True, slots=True)
class _Thing:
    """What a CodeableConcept says that something is."""

    name: Safe
    code: Safe
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Whole:
    thing: _Thing
    id: Safe
    at: FhirDate | None
    status: Safe


class Reader:
    """Reads Observations of one patient at one portal, and remembers what hundreds of them say in the same words.

    `place` is where codes that are not LOINC, and bare names, have their meaning.
    """

    def __init__(self, place: int, origin: Source = NOWHERE, person: Person = NOBODY) -> None:
        self._place = place
        self._portal = origin.portal
        self._person = person
        self._things: dict[bytes, _Thing] = {}
        self._spans: dict[bytes, tuple[ReferenceRange, ...]] = {}

    def read(self, resource: Json) -> list[Measure]:
        """All that an Observation measured: its own value, and that of each of its components."""
        whole = self._whole(resource)
        found = [self._measure(resource, whole, is_part=False)]
        if "component" in resource:
            found += [self._measure(part, whole, is_part=True) for part in elements.objects(resource["component"])]
        return [item for item in found if item.value]

    def nothing(self, resource: Json) -> Measure:
        """What stands for an Observation that measured nothing and has no parts that did."""
        return replace(self._measure(resource, self._whole(resource), is_part=False), value=Safe("no value"))

    def _whole(self, resource: Json) -> _Whole:
        return _Whole(
            self._thing(resource.get("code")),
            elements.text(resource.get("id")),
            labs.date(resource),
            elements.text(resource.get("status")),
        )

    def read_member(self, member: Json, whole: Json) -> list[Measure]:
        """What a member of a panel measured, to be found by the name and the codes of the panel, too."""
        thing = self._thing(whole.get("code"))
        return [
            replace(item, panel=item.panel or thing.name, codes=item.codes | thing.codes) for item in self.read(member)
        ]

    def _thing(self, concept: object) -> _Thing:
        written = encode(concept)
        found = self._things.get(written)
        if found is None:
            found = _Thing(elements.concept(concept), analytes.code(concept), frozenset(elements.codes(concept)))
            self._things[written] = found
        return found

    def _ranges(self, part: Json) -> tuple[ReferenceRange, ...]:
        if "referenceRange" not in part:
            return ()
        written = encode(part["referenceRange"])
        found = self._spans.get(written)
        if found is None:
            found = self._spans[written] = ranges.read(part)
        return found

    def _measure(self, part: Json, whole: _Whole, *, is_part: bool) -> Measure:
        thing = self._thing(part.get("code")) if is_part else whole.thing
        value, unit, _ = labs.value_of(part)
        comparator, number, ucum, unit = _number(part, value, unit)
        spans = self._ranges(part)
        span = ranges.applying(part, spans, ucum, self._person, whole.at) if spans and number is not None else None
        where = self._place if thing.code or not is_part else (self._place, whole.thing.name)
        return Measure(
            id=whole.id,
            date=whole.at,
            name=thing.name,
            code=thing.code,
            panel=whole.thing.name if is_part else EMPTY,
            codes=whole.thing.codes | thing.codes if is_part else thing.codes,
            key=analytes.key(thing.code, thing.name, where),
            value=value or labs.absent_in_words(part),
            unit=unit,
            ucum=ucum,
            number=number,
            comparator=comparator,
            flag=labs.flag(part, number, spans, self._person, whole.at),
            low=span.low if span else None,
            high=span.high if span else None,
            status=whole.status,
            portal=self._portal,
            place=self._place,
        )


def _number(part: Json, value: Safe, unit: Safe) -> tuple[Safe, Decimal | None, str, Safe]:
    """The comparator, the number, its canonical unit and that unit in words, of a value in whatever form it came."""
    if quantity := elements.first(part.get("valueQuantity")):
        sign = elements.text(quantity.get("comparator"))
        number = elements.number(quantity.get("value"))
        if number is None or not _is_drawable(number) or (sign and sign not in _COMPARATORS):
            return EMPTY, None, "", unit
        return sign, number, labs.unit_of(quantity), unit
    if (whole := elements.number(part.get("valueInteger"))) is not None and _is_drawable(whole):
        return EMPTY, whole, "", EMPTY
    if ratio := elements.first(part.get("valueRatio")):
        return _titre(ratio)
    return _in_text(value, unit) if isinstance(part.get("valueString"), str) else (EMPTY, None, "", unit)


def _titre(ratio: Json) -> tuple[Safe, Decimal | None, str, Safe]:
    """A ratio of one to something, both without a unit, is a titre; any other ratio is no number."""
    above, below = elements.first(ratio.get("numerator")), elements.first(ratio.get("denominator"))
    one, number = elements.number(above.get("value")), elements.number(below.get("value"))
    has_unit = any(part.get(name) for part in (above, below) for name in ("unit", "code"))
    if one != 1 or number is None or has_unit or not _is_drawable(number):
        return EMPTY, None, "", EMPTY
    return elements.text(above.get("comparator")), number, TITRE, Safe(TITRE)


def _in_text(value: Safe, unit: Safe) -> tuple[Safe, Decimal | None, str, Safe]:
    """A number that came as text, such as `<0.5`, `5.4 mg/dL` or `1:128`."""
    if match := _TITRE_IN_TEXT.match(value):
        return _sign(match[1]), Decimal(match[2]), TITRE, Safe(TITRE)
    if match := _IN_TEXT.match(value):
        return _sign(match[1]), Decimal(match[2]), units.canonical(match[3] or ""), EMPTY
    return EMPTY, None, "", unit


def _is_drawable(number: Decimal) -> bool:
    """Whether a number is of a size that anything can be measured to be; others are told as they are written."""
    return number.is_finite() and abs(number.adjusted()) <= _LARGEST and len(number.as_tuple().digits) <= _LARGEST


def _sign(found: str | None) -> Safe:
    return Safe(_PLAIN_SIGNS.get(found or "", found or ""))


def select(measures: Iterator[Measure], wanted: str) -> list[Measure]:
    """Those whose name, or the name of the whole they are a part of, holds `wanted`, or that have it as a code."""
    typed = " ".join(wanted.split())
    if analytes.is_loinc(typed):
        family = analytes.family(typed)
        every = [item for item in measures if typed in item.codes or analytes.family(item.code) == family]
        # A code of a part alone is of that part: the other parts of the same panel are not meant.
        return (
            [item for item in every if not item.panel or analytes.family(item.code) == family]
            if any(analytes.family(item.code) == family for item in every)
            else every
        )
    low = typed.casefold()
    return [item for item in measures if _is_named(item, low) or typed in item.codes]


def _is_named(item: Measure, low: str) -> bool:
    name, panel = item.name.casefold(), item.panel.casefold()
    return low in name or low in panel or (" " in low and all(word in f"{name} {panel}" for word in low.split()))
