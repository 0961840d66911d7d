"""Any record as labelled lines: in an order made for its kind where there is one, and whatever a portal put into it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements, reports, sheets
from store.records.speaking import Speaker, in_words, nameless
from store.records.text import EMPTY, Safe, one_line, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.records.elements import Json
    from store.records.sheets import Line, Part
    from store.records.speaking import NameOf

__all__ = ["Detail", "Fact", "Section", "in_words", "label", "read"]

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
_CODES = frozenset({"status", "docStatus", "lifecycleStatus", "criticality"})  # of several words, joined by `-`
_ALSO = Safe("Also recorded")


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line of a record; `depth` says how far it is nested under the lines before it."""

    label: Safe
    value: Safe
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a record under a title of its own: labelled lines, and running text."""

    title: Safe
    facts: tuple[Fact, ...] = ()
    text: Safe = EMPTY


@dataclass(frozen=True, slots=True)
class Detail:
    """A record for reading: its facts in order, its running text (a report, a note, a message), and its sections.

    `facts` are all that there is where a kind has no order of its own.
    """

    facts: tuple[Fact, ...]
    text: Safe
    sections: tuple[Section, ...] = ()

    def facts_beside(self, title: str) -> tuple[Fact, ...]:
        """The facts without those of the record itself that say its title again."""
        return tuple(fact for fact in self.facts if fact.depth or fact.value != title)

    def tells(self, words: str) -> bool:
        """Whether a fact says these words, by themselves, or at the beginning of a time that goes on from there."""
        beginnings = (f"{words} ", f"from {words} ")
        return any(f"{fact.value} ".startswith(beginnings) for fact in self.everything)

    @property
    def everything(self) -> tuple[Fact, ...]:
        """All facts in their order, those of sections nested under the titles of these."""
        found = list(self.facts)
        for section in self.sections:
            found.append(Fact(section.title, EMPTY))
            found += [Fact(fact.label, fact.value, fact.depth + 1) for fact in section.facts]
        return tuple(found)


def read(resource: Json, name_of: NameOf = nameless) -> Detail:
    """Turn a resource of any type into labelled lines, and its inline text attachments into running text.

    `name_of` tells what a record that is referred to is called.
    """
    speaker = Speaker(resource, name_of)
    inline = [reports.inline_text(item) for item in reports.attachments(resource)]
    text = Safe("\n\n".join(filter(None, inline)) or _narrative(resource))
    sheet = sheets.SHEETS.get(str(resource.get("resourceType", "")))
    if sheet is None:
        return Detail(_bounded(_walk(resource, 0, speaker)), text)
    facts = _bounded(_facts(resource, sheet.lines, speaker, 0))
    sections = [section for part in sheet.parts if (section := _section(resource, part, speaker)).facts]
    rest = {name: value for name, value in resource.items() if name not in sheet.covered}
    also = _bounded(_walk(rest, 0, speaker))
    if not (facts or sections):
        return Detail(also, text)
    return Detail(facts, text, (*sections, *([Section(_ALSO, also)] if also else [])))


def label(name: str) -> Safe:
    """An element's name as words: `effectiveDateTime` as `Effective`, `numberOfRepeatsAllowed` as words apart."""
    if match := _CHOICE.match(name):
        name = match.group(1)
    words = _WORD_START.sub(" ", name).lower()
    return one_line(words[:1].upper() + words[1:])


def _bounded(found: Iterable[Fact]) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for fact in found:
        facts.append(fact)
        if len(facts) >= _MAX_FACTS:
            facts.append(Fact(Safe("More"), Safe("this record is longer than is shown here")))
            break
    return tuple(facts)


def _facts(node: Json, lines: Iterable[Line], speaker: Speaker, depth: int) -> Iterator[Fact]:
    for line in lines:
        for value in _values(node, line.paths, speaker):
            yield Fact(Safe(line.label), value, depth)


def _values(node: Json, paths: tuple[str, ...], speaker: Speaker) -> Iterator[Safe]:
    """What the first of the paths that leads anywhere leads to, in words, each thing once."""
    for path in paths:
        names = path.split(".")
        found = dict.fromkeys(filter(None, map(speaker.say_fully, _along(node, names))))
        if names[-1] in _CODES:
            found = dict.fromkeys(Safe(value.replace("-", " ")) for value in found)
        if found:
            yield from found
            return


def _along(node: object, names: list[str]) -> Iterator[object]:
    if isinstance(node, list):
        for item in node:
            yield from _along(item, names)
    elif not names:
        yield node
    elif isinstance(node, dict) and names[0] in node:
        yield from _along(node[names[0]], names[1:])


def _section(node: Json, part: Part, speaker: Speaker) -> Section:
    """A part that may be there several times: each begins with its first line, and goes on below it."""
    return Section(Safe(part.title), _bounded(_items(node, part, part.path, speaker, 0)))


def _items(node: Json, part: Part, path: str, speaker: Speaker, depth: int) -> Iterator[Fact]:
    if depth > _MAX_DEPTH:
        return
    for item in _along(node, path.split(".")):
        if not isinstance(item, dict):
            if spoken := speaker.say_fully(item):
                yield Fact(Safe(part.lines[0].label), spoken, depth)
            continue
        found = list(_facts(item, part.lines, speaker, depth))
        yield from found[:1]
        yield from (Fact(fact.label, fact.value, depth + 1) for fact in found[1:] if fact.value != found[0].value)
        for below in part.nested:
            yield from _items(item, part, below, speaker, depth + 1)


def _walk(node: Json, depth: int, speaker: Speaker) -> Iterator[Fact]:
    if depth > _MAX_DEPTH:
        return
    for name, value in node.items():
        hidden = _NOT_SHOWN_INSIDE if depth else _NOT_SHOWN
        if name in hidden or name.startswith("_") or name in {"extension", "modifierExtension"}:
            continue
        if name == "text" and isinstance(value, dict):  # the narrative of a resource inside this one
            continue
        for item in value if isinstance(value, list) else [value]:
            spoken = speaker.say(item)
            if spoken:
                yield Fact(label(name), spoken, depth)
            elif isinstance(item, dict) and item:
                inside = list(_walk(item, depth + 1, speaker))
                if inside:
                    yield Fact(label(name), Safe(""), depth)
                    yield from inside


def _narrative(resource: Json) -> Safe:
    """The generated narrative as plain text, for a resource whose only content it is."""
    div = elements.first(resource.get("text")).get("div")
    if not isinstance(div, str) or len(div) > reports.MAX_INLINE_TEXT or resource.keys() - _NOT_SHOWN:
        return Safe("")
    return sanitize(html.unescape(_TAG.sub(" ", div)).strip())
