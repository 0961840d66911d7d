"""What to ask an Infobutton responder about a record, and the articles that it answers with (pure).

Standards: HL7 Version 3 Context-Aware Knowledge Retrieval (Infobutton), URL-based; the answer as MedlinePlus Connect
writes it in JSON, an Atom feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from store.records import elements
from store.records.dates import parse
from store.records.text import EMPTY, Safe, one_line, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.dates import FhirDate
    from store.records.elements import Json

MOST_BYTES = 2 << 20
_MOST_ARTICLES = 20
_SNOMED_LIKE = ("code", "vaccineCode", "medicationCodeableConcept", "medication")


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system: its OID, its name, and whether its codes are of drugs, which are found better by name as well."""

    oid: str
    name: Safe
    is_of_drugs: bool = False


# In the order in which a code is chosen where a record has several.
SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10-cm": CodeSystem("2.16.840.1.113883.6.90", Safe("ICD-10-CM")),
    "http://www.nlm.nih.gov/research/umls/rxnorm": CodeSystem(
        "2.16.840.1.113883.6.88", Safe("RxNorm"), is_of_drugs=True
    ),
    "http://loinc.org": CodeSystem("2.16.840.1.113883.6.1", Safe("LOINC")),
    "http://snomed.info/sct": CodeSystem("2.16.840.1.113883.6.96", Safe("SNOMED CT")),
    "http://hl7.org/fhir/sid/ndc": CodeSystem("2.16.840.1.113883.6.69", Safe("NDC"), is_of_drugs=True),
    "http://hl7.org/fhir/sid/icd-9-cm": CodeSystem("2.16.840.1.113883.6.103", Safe("ICD-9-CM")),
    "http://www.ama-assn.org/go/cpt": CodeSystem("2.16.840.1.113883.6.12", Safe("CPT")),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: a code of a system, or words alone; `name` goes along where it is of use."""

    name: Safe
    code: Safe = EMPTY
    system: CodeSystem | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article, as far as the responder gives it: a title, a text, and where the whole of it is."""

    title: Safe
    text: Safe
    link: Safe
    updated: FhirDate | None


@dataclass(frozen=True)
class Feed:
    """An answer: who wrote it, and the articles, the most fitting first."""

    author: Safe
    articles: tuple[Article, ...]


def subject_of(resource: Json) -> Subject | None:
    """What to ask about a record; None when it has no code that a responder knows."""
    concepts = [resource.get(name) for name in _SNOMED_LIKE]
    found = {
        str(coding.get("system")): coding
        for concept in reversed(concepts)
        for coding in elements.codings(concept)
        if coding.get("system") in SYSTEMS and isinstance(coding.get("code"), str) and coding["code"].strip()
    }
    for uri, system in SYSTEMS.items():
        if uri in found:
            name = elements.text(found[uri].get("display")) if system.is_of_drugs else EMPTY
            return Subject(name, elements.text(found[uri]["code"]), system)
    return None


def read_feed(body: bytes) -> Feed:
    """Read an answer. Raises ValueError when it is none."""
    try:
        feed = msgspec.json.decode(body)["feed"]
        entries = elements.objects(feed.get("entry"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("it is no feed of articles in JSON") from error
    author = elements.first(feed.get("author"))
    return Feed(_value(author.get("name")), tuple(map(_article, entries[:_MOST_ARTICLES])))


def plain(markup: str) -> Safe:
    """Markup as text: paragraphs apart, points of lists on lines of their own, and nothing of scripts and styles."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return sanitize(reader.text())


def _article(entry: Json) -> Article:
    links = (link.get("href") for link in elements.objects(entry.get("link")))
    summary = elements.first(entry.get("summary")).get("_value")
    return Article(
        title=_value(entry.get("title")),
        text=plain(summary) if isinstance(summary, str) else EMPTY,
        link=next(iter(_web_addresses(links)), EMPTY),
        updated=parse(_value(entry.get("updated"))),
    )


def _value(holder: object) -> Safe:
    found = elements.first(holder).get("_value") if not isinstance(holder, str) else holder
    return one_line(found) if isinstance(found, str) else EMPTY


def _web_addresses(found: Iterable[object]) -> Iterable[Safe]:
    for each in found:
        try:
            if isinstance(each, str) and urlsplit(each).scheme in {"https", "http"}:
                yield one_line(each)
        except ValueError:
            continue


class _Reader(HTMLParser):
    """Gathers the text of a piece of HTML, without recursion, whatever its depth."""

    _APART = frozenset({"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section"})
    _LINES = frozenset({"br", "tr", "dt", "dd"})
    _UNREAD = frozenset({"script", "style", "template"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - a method of HTMLParser
        if tag in self._UNREAD:
            self._unread += 1
        self._parts.append("\n- " if tag == "li" else self._break(tag))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNREAD:
            self._unread = max(self._unread - 1, 0)
        self._parts.append(self._break(tag) if tag != "br" else "")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._parts.append(" ".join(f".{data}.".split())[1:-1])

    def text(self) -> str:
        """What was gathered, with no more than one empty line in a row."""
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
        return "\n".join(kept).strip()

    def _break(self, tag: str) -> str:
        return "\n\n" if tag in self._APART else "\n" if tag in self._LINES else ""
