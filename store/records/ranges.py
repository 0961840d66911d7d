"""Reference ranges in every form that FHIR has (R4 §10.1), and which of them holds for whom."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, units
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.dates import FhirDate
    from store.records.elements import Json

_MOST = 20  # ranges of one result that are looked at
_NUMBER = r"(-?\d{1,12}(?:\.\d{1,12})?)"
_DASH = "\N{EN DASH}"
_SPAN = re.compile(rf"\(?{_NUMBER}\s*(?:-|{_DASH}|to)\s*{_NUMBER}\)?\s*({units.IN_TEXT})?\Z", re.ASCII)
_BOUND = re.compile(rf"(<=?|>=?|≤|≥)\s*{_NUMBER}\s*({units.IN_TEXT})?\Z")
_USUAL = frozenset({"", "normal"})
_YEAR_SECONDS = 31_556_952
_AGE_SECONDS = {
    "a": _YEAR_SECONDS, "y": _YEAR_SECONDS, "yr": _YEAR_SECONDS, "year": _YEAR_SECONDS, "years": _YEAR_SECONDS,
    "mo": _YEAR_SECONDS // 12, "month": _YEAR_SECONDS // 12, "months": _YEAR_SECONDS // 12,
    "wk": 604_800, "week": 604_800, "weeks": 604_800, "d": 86_400, "day": 86_400, "days": 86_400, "h": 3_600,
}  # fmt: skip
_SEXES = {
    "female": "female", "f": "female", "248152002": "female", "women": "female", "woman": "female", "females": "female",
    "male": "male", "m": "male", "248153007": "male", "men": "male", "man": "male", "males": "male",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Whose result it is, as far as ranges differ by it: born when (seconds since 1970 UTC), and which sex."""

    born: int | None = None
    sex: str = ""


NOBODY = Person()


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """One range: its bounds (both included), their unit, the laboratory's own words, and for whom it is meant.

    `kind` is what it is the range of, empty for what is usual. `people` are those it applies to, `age` their age.
    """

    low: Decimal | None
    high: Decimal | None
    unit: Safe
    text: Safe
    kind: Safe
    people: tuple[Safe, ...]
    age: Safe

    def words(self, unit: str = "") -> Safe:
        """It as its own text, else `low - high`, `≥ low` or `≤ high`; its unit is said where it is not `unit`."""
        if self.text or (self.low is None and self.high is None):
            return self.text
        if self.low is not None and self.high is not None:
            found = f"{elements.plain(self.low)} - {elements.plain(self.high)}"
        elif self.low is not None:
            found = f"≥ {elements.plain(self.low)}"
        else:
            found = f"≤ {elements.plain(self.high or Decimal(0))}"
        return Safe(f"{found} {self.unit}" if self.unit and not _is_same(self.unit, unit) else found)

    def whose(self) -> Safe:
        """For whom and of what it is the range, in words; empty for one that is simply usual."""
        return Safe(", ".join(filter(None, (self.kind, *self.people, self.age))))


def read(resource: Json) -> tuple[ReferenceRange, ...]:
    """The ranges of an Observation or of one of its components, in their order; those that say nothing are left out."""
    ranges = resource.get("referenceRange")
    if not ranges:
        return ()
    found = [_one(item) for item in elements.objects(ranges)[:_MOST]]
    return tuple(filter(_says_something, found))


def _says_something(span: ReferenceRange) -> bool:
    return bool(span.text) or span.low is not None or span.high is not None


def _one(item: Json) -> ReferenceRange:
    low, high = elements.first(item.get("low")), elements.first(item.get("high"))
    floor, ceiling, text = elements.number(low.get("value")), elements.number(high.get("value")), item.get("text")
    unit = _words(low) or _words(high)
    if not (_has_sound_unit(low) and _has_sound_unit(high)):
        floor = ceiling = None
    if floor is not None and ceiling is not None and not _is_same(_words(low) or unit, _words(high) or unit):
        floor = ceiling = None  # two bounds in two units are no span of either
    shown = elements.text(text)
    if shown and floor is None and ceiling is None:
        floor, ceiling, unit = _in_text(shown)
    kind = elements.code(item.get("type")) or elements.concept(item.get("type"))
    return ReferenceRange(
        low=floor,
        high=ceiling,
        unit=unit,
        text=shown,
        kind=EMPTY if kind.lower() in _USUAL else elements.concept(item.get("type")),
        people=tuple(filter(None, map(elements.concept, elements.objects(item.get("appliesTo"))))),
        age=_age(elements.first(item.get("age"))),
    )


def _words(quantity: Json) -> Safe:
    return elements.text(quantity.get("unit")) or elements.text(quantity.get("code"))


def _has_sound_unit(quantity: Json) -> bool:
    """Whether the unit of a bound can be read; of which unit it is must be known."""
    return isinstance(quantity.get("unit", ""), str | None) and isinstance(quantity.get("code", ""), str | None)


def _in_text(text: str) -> tuple[Decimal | None, Decimal | None, Safe]:
    """The bounds that a plain text such as `135 - 145 mmol/L` or `<5.7` tells, and their unit."""
    if match := _SPAN.match(text.strip()):
        low, high = Decimal(match[1]), Decimal(match[2])
        return (low, high, Safe(match[3] or "")) if low <= high else (None, None, EMPTY)
    if match := _BOUND.match(text.strip()):
        bound, unit = Decimal(match[2]), Safe(match[3] or "")
        return (None, bound, unit) if match[1] in {"<", "<=", "≤"} else (bound, None, unit)
    return None, None, EMPTY


def _age(item: Json) -> Safe:
    low, high = elements.quantity(item.get("low")), elements.quantity(item.get("high"))
    if low and high:
        return Safe(f"age {low} to {high}")
    return Safe(f"age from {low}" if low else f"age up to {high}") if low or high else EMPTY


def _is_same(unit: str, other: str) -> bool:
    return unit == other or units.canonical(unit) == units.canonical(other)


def applying(
    resource: Json,
    ranges: tuple[ReferenceRange, ...],
    unit: str,
    person: Person = NOBODY,
    at: FhirDate | None = None,
) -> ReferenceRange | None:
    """The one range that holds for a value in this unit, of this person, at this time; None where it is not certain."""
    found = ranges
    if len(ranges) > 1:
        items = [
            item for item in elements.objects(resource.get("referenceRange"))[:_MOST] if _says_something(_one(item))
        ]
        pairs = zip(ranges, items, strict=True)
        found = tuple(span for span, item in pairs if not span.kind and _is_for(item, person, at))
    if len(found) != 1 or (found[0].low is None and found[0].high is None):
        return None
    return found[0] if not found[0].unit or _is_same(found[0].unit, unit) else None


def _is_for(item: Json, person: Person, at: FhirDate | None) -> bool:
    """Whether a range may be meant for somebody of this sex and age; what is not known rules nothing out."""
    named = {
        _SEXES[word.lower()]
        for concept in elements.objects(item.get("appliesTo"))
        for word in (*elements.codes(concept), elements.concept(concept))
        if word.lower() in _SEXES
    }
    if named and person.sex and person.sex not in named:
        return False
    age = elements.first(item.get("age"))
    if not age or person.born is None or at is None or at.epoch is None:
        return True
    years = at.epoch - person.born
    low, high = _seconds(age.get("low")), _seconds(age.get("high"))
    return (low is None or years >= low) and (high is None or years <= high)


def _seconds(quantity: object) -> float | None:
    item = elements.first(quantity)
    number = elements.number(item.get("value"))
    unit = elements.text(item.get("code")) or elements.text(item.get("unit"))
    size = _AGE_SECONDS.get(unit.lower())
    return None if number is None or size is None else float(number) * size


def side(number: Decimal, span: ReferenceRange) -> Safe:
    """`low` or `high` for a number that is outside a range; empty inside it."""
    if span.low is not None and number < span.low:
        return Safe("low")
    return Safe("high") if span.high is not None and number > span.high else EMPTY


def in_words(ranges: tuple[ReferenceRange, ...], unit: str) -> Safe:
    """All ranges on one line, each with whom it is meant for; one that is simply usual stands alone."""
    shown = [(item.whose(), item.words(unit)) for item in ranges]
    return Safe("; ".join(f"{whose}: {words}" if whose else words for whose, words in shown if words))
