"""Readers of FHIR R4 elements that take whatever a portal sends: a missing or wrong part reads as empty."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from store.records import dates
from store.records.text import EMPTY, Safe, one_line, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = dict[str, Any]

_MAX_CODINGS = 50


def objects(value: object) -> list[Json]:
    """The JSON objects in `value`, be it one object or a list of them."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return []


def first(value: object) -> Json:
    """The first JSON object in `value`, or an empty one."""
    found = objects(value)
    return found[0] if found else {}


def text(value: object) -> Safe:
    """A string of the portal's, on one line and safe to show; empty when it is no string."""
    return one_line(value) if isinstance(value, str) else EMPTY


def long_text(value: object) -> Safe:
    """A string of the portal's that may run over lines, safe to show."""
    return sanitize(value) if isinstance(value, str) else EMPTY


def codings(concept: object) -> Iterator[Json]:
    """The codings of a CodeableConcept, or of a list of them."""
    for item in objects(concept):
        yield from objects(item.get("coding"))[:_MAX_CODINGS]


def codes(concept: object) -> set[str]:
    """The bare codes of a CodeableConcept or of a list of them."""
    return {
        code
        for item in objects(concept)
        for coding in objects(item.get("coding"))[:_MAX_CODINGS]
        if isinstance(code := coding.get("code"), str)
    }


def concept(value: object) -> Safe:
    """A CodeableConcept (or the first of a list) in words: its text, else a display, else a code."""
    for item in objects(value):
        if found := text(item.get("text")):
            return found
        for key in ("display", "code"):
            for coding in codings(item):
                if found := text(coding.get(key)):
                    return found
    return EMPTY


def code(value: object) -> Safe:
    """The first bare code of a CodeableConcept, for joining like with like."""
    for item in objects(value):
        for coding in objects(item.get("coding"))[:_MAX_CODINGS]:
            if found := text(coding.get("code")):
                return found
    return EMPTY


def reference(value: object) -> str:
    """The literal reference (`Type/id`, an URL or `#id`) of a Reference, unsafe to show; empty without one."""
    target = first(value).get("reference")
    return target if isinstance(target, str) else ""


def target(literal: str) -> tuple[str, str]:
    """The type and the id that a literal reference ends in, its version left aside; empty where it tells none."""
    before, _, record_id = literal.partition("/_history/")[0].rpartition("/")
    return before.rpartition("/")[2], record_id


def reference_words(value: object) -> Safe:
    """A Reference in words: its display, else its identifier, else what it points at."""
    item = first(value)
    return text(item.get("display")) or text(first(item.get("identifier")).get("value")) or text(item.get("reference"))


def number(value: object) -> Decimal | None:
    """A FHIR decimal or integer with its own precision; None when it is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(value) if isinstance(value, int) else None


def quantity(value: object) -> Safe:
    """A Quantity in words: comparator, value and unit."""
    item = first(value)
    amount = number(item.get("value"))
    if amount is None:
        return EMPTY
    unit = text(item.get("unit")) or text(item.get("code"))
    words = f"{text(item.get('comparator'))}{plain(amount)}"
    return Safe(f"{words} {unit}" if unit else words)


def plain(amount: Decimal) -> str:
    """A decimal as a person writes it: without an exponent unless it is very large or very small."""
    size = amount.adjusted()
    return f"{amount:f}" if -12 < size < 18 else str(amount)  # noqa: PLR2004 - as many digits as a line can bear


def period(value: object) -> tuple[dates.FhirDate | None, dates.FhirDate | None]:
    """The start and end of a Period."""
    item = first(value)
    return (dates.parse(item.get("start")), dates.parse(item.get("end"))) if item else (None, None)


def human_name(value: object) -> Safe:
    """A HumanName (or the best of a list: usual, then official, then the first) as one line."""
    names = objects(value)
    chosen = next(
        (name for use in ("usual", "official") for name in names if name.get("use") == use),
        names[0] if names else {},
    )
    if found := text(chosen.get("text")):
        return found
    parts = [chosen.get("prefix"), chosen.get("given"), chosen.get("family"), chosen.get("suffix")]
    words = [word for part in parts for word in (part if isinstance(part, list) else [part])]
    return Safe(" ".join(filter(None, map(text, words))))


def contained(resource: Json, target: str) -> Json:
    """The contained resource that `#id` points at, or an empty object."""
    return next((item for item in objects(resource.get("contained")) if f"#{item.get('id')}" == target), {})
