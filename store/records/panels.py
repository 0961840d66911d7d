"""One result for reading in full: alone, with its parts, or a panel of results (FHIR R4 §10.1, §10.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, labs, ranges, reports
from store.records.dates import parse
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.dates import FhirDate
    from store.records.elements import Json
    from store.records.labs import LabResult
    from store.records.ranges import Person, ReferenceRange
    from store.records.trends import Trend

_MOST = 200
_URN = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Named:
    """A reference to a member of a panel: what it says, the id in it, or the member itself where that is inside."""

    literal: str
    id: str
    contained: Json | None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a panel; `depth` says how many panels it is inside of, beside the first."""

    resource: Json
    depth: int


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A result of a panel, and how deep it is inside panels of its own."""

    result: LabResult
    depth: int


@dataclass(frozen=True, slots=True)
class ResultDetail:
    """A result or a panel: what was measured, against what, how, and how it went until then.

    `range` is the one that holds for this person, where that is certain; `ranges` are all of them. `missing` is how
    many members of a panel the vault does not have.
    """

    type: Safe
    result: LabResult
    range: ReferenceRange | None
    ranges: tuple[ReferenceRange, ...]
    members: tuple[PanelRow, ...]
    missing: int
    performers: tuple[Safe, ...]
    specimen: Safe
    method: Safe
    body_site: Safe
    device: Safe
    issued: FhirDate | None
    notes: tuple[Safe, ...]
    conclusion: Safe
    text: Safe
    history: tuple[Trend, ...] = ()

    @property
    def is_panel(self) -> bool:
        """Whether it is made of results that are records of their own."""
        return bool(self.members or self.missing) or self.type == "DiagnosticReport"


def read(
    resource: Json, origin: Source, person: Person, members: Sequence[Member] = (), missing: int = 0
) -> ResultDetail:
    """Read an Observation or a DiagnosticReport, with the members that were found of it."""
    spans = ranges.read(resource)
    result = labs.read(resource, origin, person)
    unit = labs.unit_of(elements.first(resource.get("valueQuantity")))
    written = reports.read(resource)
    title = reports.read_envelope(resource).title if resource.get("resourceType") == "DiagnosticReport" else EMPTY
    return ResultDetail(
        type=elements.text(resource.get("resourceType")),
        result=_titled(result, title),
        range=ranges.applying(resource, spans, unit, person, result.date) if spans else None,
        ranges=spans,
        members=tuple(PanelRow(labs.read(member.resource, NOWHERE, person), member.depth) for member in members),
        missing=missing,
        performers=tuple(filter(None, map(elements.reference_words, elements.objects(resource.get("performer"))))),
        specimen=_named_word(resource, "specimen"),
        method=elements.concept(resource.get("method")),
        body_site=elements.concept(resource.get("bodySite")),
        device=_named_word(resource, "device"),
        issued=parse(resource.get("issued")),
        notes=tuple(filter(None, (elements.long_text(item.get("text")) for item in _notes(resource)))),
        conclusion=written.conclusion,
        text=written.text,
    )


def named(resource: Json) -> list[Named]:
    """The members that a report (`result`) or an Observation (`hasMember`) names, in its order."""
    key = "result" if resource.get("resourceType") == "DiagnosticReport" else "hasMember"
    found = []
    for item in elements.objects(resource.get(key))[:_MOST]:
        literal = elements.reference(item)
        inside = elements.contained(resource, literal) if literal.startswith("#") else {}
        found.append(Named(literal, _id(literal), inside or None))
    return [item for item in found if item.literal]


def _id(literal: str) -> str:
    if literal.startswith(_URN):
        return literal.removeprefix(_URN)
    kind, found = elements.target(literal)
    return found if kind == "Observation" else ""


def _titled(result: LabResult, title: Safe) -> LabResult:
    return replace(result, name=title) if title else result


def _named_word(resource: Json, name: str) -> Safe:
    """What a reference says of itself, or the record inside that it points at; a bare address says nothing."""
    item = elements.first(resource.get(name))
    if found := elements.text(item.get("display")):
        return found
    literal = elements.reference(item)
    inside = elements.contained(resource, literal) if literal.startswith("#") else {}
    return elements.concept(inside.get("type")) or elements.text(elements.first(inside.get("deviceName")).get("name"))


def _notes(resource: Json) -> list[Json]:
    found = elements.objects(resource.get("note"))
    comment = resource.get("comment")  # as portals of older releases of FHIR still name it
    return [*found, {"text": comment}] if isinstance(comment, str) else found
