"""FHIR data types in words, on one line each; references by the names of what they refer to (pure)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from store.records import elements
from store.records.dates import parse
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.records.elements import Json

    NameOf: TypeAlias = Callable[[str], Safe]


def nameless(literal: str) -> Safe:  # noqa: ARG001 - the signature of what knows names
    """Know no record by its name."""
    return EMPTY


class Speaker:
    """Puts values of one resource into words; `name_of` tells what a literal reference is called."""

    def __init__(self, resource: Json, name_of: NameOf = nameless) -> None:
        self._resource = resource
        self._name_of = name_of

    def say(self, value: object) -> Safe:
        """A data type on one line; empty for a structure that needs lines of its own."""
        if isinstance(value, bool):
            return Safe("yes" if value else "no")
        if isinstance(value, int | Decimal):
            return Safe(elements.plain(Decimal(value)))
        if isinstance(value, str):
            date = parse(value)
            return date.local() if date and date.has_time else elements.text(value)
        return self._object(value) if isinstance(value, dict) else EMPTY

    def say_fully(self, value: object) -> Safe:
        """The same for larger types as well: notes, dosages, timings, attachments."""
        if found := self.say(value):
            return found
        return self._larger(value) if isinstance(value, dict) else EMPTY

    def _object(self, item: Json) -> Safe:
        """The first shape whose elements cover the object's, and that has words for it; names, addresses by theirs."""
        keys = item.keys() - {"id", "extension"}
        if keys <= _REFERENCE and keys:
            return self.reference(item)
        for covered, needed, speak in _SHAPES:
            if keys <= covered and (needed is None or needed in keys) and (found := speak(item)):
                return found
        if keys & {"family", "given"}:
            return elements.human_name(item)
        return _address(item) if keys & {"line", "city", "postalCode"} else EMPTY

    def reference(self, item: Json) -> Safe:
        """A Reference in words: its display, the name of what it means, its identifier, or what it points at."""
        if found := elements.text(item.get("display")):
            return found
        literal = elements.reference(item)
        found = self._contained(literal) if literal.startswith("#") else self._name_of(literal) if literal else EMPTY
        found = found or elements.text(elements.first(item.get("identifier")).get("value"))
        if found or literal.startswith(("urn:", "#")):
            return found
        return elements.text(literal)

    def _contained(self, literal: str) -> Safe:
        inside = elements.contained(self._resource, literal)
        for name in ("name", "code", "type", "title", "description"):
            if found := elements.human_name(inside.get(name)) if name == "name" else EMPTY:
                return found
            if found := elements.concept(inside.get(name)) or elements.text(inside.get(name)):
                return found
        return EMPTY

    def _larger(self, item: Json) -> Safe:
        keys = item.keys() - {"id", "extension"}
        for needed, speak in (
            (_NOTE, self._note), (_DOSE, self._dosage), (_CONTENT, self._attachment), (_REPEAT, self._timing),
        ):  # fmt: skip
            if keys & needed and (found := speak(item)):
                return found
        if isinstance(item.get("reference"), dict) or isinstance(item.get("concept"), dict):
            return self.say(item.get("concept")) or self.say(item.get("reference"))
        return EMPTY

    def _note(self, item: Json) -> Safe:
        if not isinstance(item.get("text"), str) or item.keys() & _DOSE:
            return EMPTY
        by = elements.text(item.get("authorString")) or self.say(item.get("authorReference"))
        at = parse(item.get("time"))
        about = ", ".join(filter(None, (by, at.local() if at else "")))
        words = elements.text(item["text"])
        return Safe(f"{words} ({about})" if about else words)

    def _dosage(self, item: Json) -> Safe:
        words = elements.text(item.get("patientInstruction")) or elements.text(item.get("text"))
        if words:
            more = elements.text(item.get("text"))
            return Safe(f"{words} ({more})" if more and more != words else words)
        doses = [
            self.say(rate.get(name))
            for rate in elements.objects(item.get("doseAndRate"))
            for name in ("doseQuantity", "doseRange", "rateQuantity", "rateRatio", "rateRange")
        ]
        needed = item.get("asNeededBoolean") is True or elements.concept(item.get("asNeededCodeableConcept"))
        reason = elements.concept(item.get("asNeededCodeableConcept"))
        parts = (
            elements.concept(item.get("method")), *doses, elements.concept(item.get("route")),
            elements.concept(item.get("site")), self._timing(elements.first(item.get("timing"))),
            f"as needed{f' for {reason}' if reason else ''}" if needed else "",
            *(elements.concept(more) for more in elements.objects(item.get("additionalInstruction"))),
        )  # fmt: skip
        return Safe(", ".join(filter(None, parts)))

    def _timing(self, item: Json) -> Safe:
        if found := elements.concept(item.get("code")):
            return found
        repeat = elements.first(item.get("repeat"))
        times, every = elements.number(repeat.get("frequency")), elements.number(repeat.get("period"))
        unit = elements.text(repeat.get("periodUnit"))
        parts = []
        if every is not None and unit:
            parts.append(_rhythm(times, every, unit))
        when = repeat.get("when")
        whens = when if isinstance(when, list) else []
        parts += [_WHEN.get(str(code), str(elements.text(code))) for code in whens]
        bounds = self.say(repeat.get("boundsPeriod")) or self.say(repeat.get("boundsDuration"))
        parts.append(f"for {bounds}" if bounds and "boundsDuration" in repeat else str(bounds))
        events = item.get("event")
        parts += [str(self.say(event)) for event in (events if isinstance(events, list) else [])]
        return Safe(", ".join(filter(None, parts)))

    def _attachment(self, item: Json) -> Safe:
        title = elements.text(item.get("title")) or elements.text(item.get("contentType"))
        kind = elements.text(item.get("contentType"))
        at = parse(item.get("creation"))
        about = ", ".join(filter(None, (kind if kind != title else "", at.day() if at else "")))
        return Safe(f"{title} ({about})" if about and title else title)


def in_words(value: object) -> Safe:
    """A data type on one line, known by itself; empty for a structure that needs lines of its own."""
    return Speaker({}).say(value)


def _rhythm(times: Decimal | None, every: Decimal, unit: str) -> str:
    word = _UNITS.get(unit, unit)
    often = "once" if times in (None, 1) else f"{elements.plain(times)} times" if times else "once"
    return f"{often} every {word}" if every == 1 else f"{often} every {elements.plain(every)} {word}s"


def _period(item: Json) -> Safe:
    start, end = elements.period(item)
    if not (start or end):
        return EMPTY
    if not (start and end):  # what has no end may have one that nobody noted
        return Safe(f"from {start.local()}" if start else f"until {end.local()}" if end else "")
    first, last = start.local(), end.local()
    return Safe(first if first == last else f"{first} to {last}")


def _coding(item: Json) -> Safe:
    return elements.text(item.get("display")) or coded(item.get("code"))


def coded(value: object) -> Safe:
    """A bare code, in words where it is one of those that FHIR uses everywhere without a display."""
    found = elements.text(value)
    return Safe(_CODES.get(found, found))


def _with_use(item: Json) -> Safe:
    use = elements.text(item.get("use")) or elements.concept(item.get("type"))
    value = elements.text(item.get("value"))
    return Safe(f"{value} ({use})" if use and value else value)


def _range(item: Json) -> Safe:
    low, high = elements.quantity(item.get("low")), elements.quantity(item.get("high"))
    if low and high:
        return Safe(f"{low} to {high}")
    return Safe(f"at least {low}" if low else f"at most {high}" if high else "")


def _ratio(item: Json) -> Safe:
    one, other = elements.quantity(item.get("numerator")), elements.quantity(item.get("denominator"))
    return Safe(f"{one} per {other}" if one and other else "")


def _money(item: Json) -> Safe:
    amount = elements.number(item.get("value"))
    return EMPTY if amount is None else Safe(f"{elements.plain(amount)} {elements.text(item.get('currency'))}".strip())


def _address(item: Json) -> Safe:
    if found := elements.text(item.get("text")):
        return found
    lines = item.get("line")
    parts = [
        *(lines if isinstance(lines, list) else []),
        item.get("city"),
        item.get("state"),
        item.get("postalCode"),
    ]
    return Safe(", ".join(filter(None, map(elements.text, parts))))


_CODES = {
    "AMB": "ambulatory", "EMER": "emergency", "IMP": "inpatient stay", "ACUTE": "acute inpatient stay",
    "NONAC": "inpatient stay", "OBSENC": "observation", "PRENC": "before admission", "SS": "short stay",
    "VR": "virtual", "HH": "at home", "FLD": "in the field",
}  # fmt: skip
_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
_WHEN = {
    "MORN": "in the morning", "AFT": "in the afternoon", "EVE": "in the evening", "NIGHT": "at night",
    "HS": "at bedtime", "WAKE": "on waking", "C": "with meals", "CM": "with breakfast", "CD": "with lunch",
    "CV": "with dinner", "AC": "before meals", "ACM": "before breakfast", "ACD": "before lunch",
    "ACV": "before dinner", "PC": "after meals", "PCM": "after breakfast", "PCD": "after lunch",
    "PCV": "after dinner", "PHS": "after waking up", "NOON": "at noon",
}  # fmt: skip
_NOTE = frozenset({"text", "time", "authorString", "authorReference"})
_DOSE = frozenset(
    {"patientInstruction", "doseAndRate", "timing", "route", "method", "asNeededBoolean", "asNeededCodeableConcept"}
)
_CONTENT = frozenset({"contentType", "url", "data"})
_REPEAT = frozenset({"repeat", "event", "code"})
_REFERENCE = frozenset({"reference", "type", "identifier", "display"})
_CODING = frozenset({"system", "version", "code", "display", "userSelected"})
_SHAPES: tuple[tuple[frozenset[str], str | None, Callable[[Json], Safe]], ...] = (
    (frozenset({"coding", "text"}), None, elements.concept),
    (_CODING, "code", _coding),
    (frozenset({"value", "comparator", "unit", "system", "code"}), "value", elements.quantity),
    (frozenset({"start", "end"}), None, _period),
    (frozenset({"use", "type", "system", "value", "period", "assigner", "rank"}), "value", _with_use),
    (frozenset({"low", "high"}), None, _range),
    (frozenset({"numerator", "denominator"}), "denominator", _ratio),
    (frozenset({"value", "currency"}), "currency", _money),
)
