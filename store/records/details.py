"""Any record as labelled lines: the view that every type has, whatever a portal put into it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from store.records import elements, reports
from store.records.dates import parse
from store.records.text import Safe, one_line, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.records.elements import Json

_MAX_DEPTH = 12
_MAX_FACTS = 2_000
_NOT_SHOWN = frozenset({"resourceType", "id", "meta", "text", "contained", "data", "implicitRules", "language"})
_NOT_SHOWN_INSIDE = frozenset({"id", "meta", "contained", "data", "div"})  # there, `text` and `language` are facts
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CHOICE = re.compile(
    r"^(value|effective|onset|abatement|performed|occurrence|medication|deceased|multipleBirth|serviced|product|"
    r"item|location|diagnosis|procedure|content|reported|asNeeded|dose|rate|scheduled|timing|allowed|detail|due|"
    r"collected|born|age|entity|target|subject|author|event|definition)"
    r"(Quantity|CodeableConcept|String|Boolean|Integer|Range|Ratio|SampledData|Time|DateTime|Date|Instant|Period|"
    r"Reference|Age|Money|Attachment|Identifier|Timing|Uri|Code|Decimal|Duration|UnsignedInt|PositiveInt)$"
)
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line of a record; `depth` says how far it is nested under the lines before it."""

    label: Safe
    value: Safe
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Detail:
    """A record for reading: its facts in order, and its running text (a report, a note, a message)."""

    facts: tuple[Fact, ...]
    text: Safe


def read(resource: Json) -> Detail:
    """Turn a resource of any type into labelled lines, and its inline text attachments into running text."""
    facts: list[Fact] = []
    for fact in _walk(resource, 0):
        facts.append(fact)
        if len(facts) >= _MAX_FACTS:
            facts.append(Fact(Safe("More"), Safe("this record is longer than is shown here")))
            break
    inline = [reports.inline_text(item) for item in reports.attachments(resource)]
    return Detail(tuple(facts), Safe("\n\n".join(filter(None, inline)) or _narrative(resource)))


def label(name: str) -> Safe:
    """An element's name as words: `effectiveDateTime` as `Effective`, `numberOfRepeatsAllowed` as words apart."""
    if match := _CHOICE.match(name):
        name = match.group(1)
    words = _WORD_START.sub(" ", name).lower()
    return one_line(words[:1].upper() + words[1:])


def _walk(node: Json, depth: int) -> Iterator[Fact]:
    if depth > _MAX_DEPTH:
        return
    for name, value in node.items():
        hidden = _NOT_SHOWN_INSIDE if depth else _NOT_SHOWN
        if name in hidden or name.startswith("_") or name in {"extension", "modifierExtension"}:
            continue
        if name == "text" and isinstance(value, dict):  # the narrative of a resource inside this one
            continue
        for item in value if isinstance(value, list) else [value]:
            spoken = in_words(item)
            if spoken:
                yield Fact(label(name), spoken, depth)
            elif isinstance(item, dict) and item:
                inside = list(_walk(item, depth + 1))
                if inside:
                    yield Fact(label(name), Safe(""), depth)
                    yield from inside


def in_words(value: object) -> Safe:
    """A FHIR data type on one line; empty for a structure that needs lines of its own."""
    if isinstance(value, bool):
        return Safe("yes" if value else "no")
    if isinstance(value, int | Decimal):
        return Safe(elements.plain(Decimal(value)))
    if isinstance(value, str):
        date = parse(value)
        return date.local() if date and date.has_time else elements.text(value)
    return _object_in_words(value) if isinstance(value, dict) else Safe("")


def _object_in_words(item: Json) -> Safe:
    """The first shape whose elements cover the object's, and that has words for it; names and addresses by theirs."""
    keys = item.keys() - {"id", "extension"}
    for covered, needed, speak in _SHAPES:
        if keys <= covered and (needed is None or needed in keys) and (found := speak(item)):
            return found
    if keys & {"family", "given"}:
        return elements.human_name(item)
    return _address(item) if keys & {"line", "city", "postalCode"} else Safe("")


def _period(item: Json) -> Safe:
    start, end = elements.period(item)
    if not (start or end):
        return Safe("")
    return Safe(f"{start.local() if start else '…'} to {end.local() if end else 'now'}")


def _coding(item: Json) -> Safe:
    return elements.text(item.get("display")) or elements.text(item.get("code"))


def _with_use(item: Json) -> Safe:
    use = elements.text(item.get("use")) or elements.concept(item.get("type"))
    value = elements.text(item.get("value"))
    return Safe(f"{value} ({use})" if use and value else value)


_CODING = frozenset({"system", "version", "code", "display", "userSelected"})
_SHAPES: tuple[tuple[frozenset[str], str | None, Callable[[Json], Safe]], ...] = (
    (frozenset({"coding", "text"}), None, elements.concept),
    (_CODING, "code", _coding),
    (frozenset({"value", "comparator", "unit", "system", "code"}), "value", elements.quantity),
    (frozenset({"reference", "type", "identifier", "display"}), None, elements.reference_words),
    (frozenset({"start", "end"}), None, _period),
    (frozenset({"use", "type", "system", "value", "period", "assigner", "rank"}), "value", _with_use),
)


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


def _narrative(resource: Json) -> Safe:
    """The generated narrative as plain text, for a resource whose only content it is."""
    div = elements.first(resource.get("text")).get("div")
    if not isinstance(div, str) or len(div) > reports.MAX_INLINE_TEXT or resource.keys() - _NOT_SHOWN:
        return Safe("")
    return sanitize(html.unescape(_TAG.sub(" ", div)).strip())
