"""What a resource offers to search: the values at the paths of its search parameters, in comparable form."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from portal_cli.sandbox.instants import MAX, MIN, Span, span
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.parameters.table import Parameter

_NAME_PARTS = ("text", "family", "given", "prefix", "suffix")
_ADDRESS_PARTS = ("text", "line", "city", "district", "state", "postalCode", "country")


class Token(NamedTuple):
    """A code and its system; the system is None where it has none, or is implied by the element."""

    system: str | None
    code: str


def values_of(resource: Json, parameter: Parameter, base_url: str) -> tuple[Any, ...]:
    """Collect the values of one parameter in one resource: tokens, spans or texts."""
    found: list[Any] = []
    for path in parameter.paths:
        for element in follow(resource, path):
            match parameter.kind:
                case "token":
                    found.extend(tokens(element))
                case "date":
                    found.extend(spans(element))
                case "string":
                    found.extend(strings(element))
                case "uri":
                    found.extend([element] if isinstance(element, str) else [])
                case _:
                    found.extend(targets(element, base_url))
    return tuple(found)


def tokens(element: object) -> Iterator[Token]:
    """Yield the tokens of a code, Coding, CodeableConcept, Identifier, ContactPoint or boolean."""
    if isinstance(element, bool):
        yield Token(None, "true" if element else "false")
    elif isinstance(element, str):
        yield Token(None, element)
    elif isinstance(element, dict):
        coding = element.get("coding")
        if isinstance(coding, list):
            for child in coding:
                yield from tokens(child)
            return
        code = element.get("code", element.get("value"))
        if isinstance(code, str):
            yield Token(_text(element.get("system")), code)


def spans(element: object) -> Iterator[Span]:
    """Yield the spans of time of a date, dateTime, instant, Period or Timing."""
    if isinstance(element, str):
        found = span(element)
        if found:
            yield found
    elif isinstance(element, dict) and ("start" in element or "end" in element):
        start = span(str(element["start"])) if "start" in element else None
        end = span(str(element["end"])) if "end" in element else None
        yield Span(start.low if start else MIN, end.high if end else MAX)
    elif isinstance(element, dict):
        for event in follow(element, "event"):
            yield from spans(event)
        for bounds in follow(element, "repeat.boundsPeriod"):
            yield from spans(bounds)


def strings(element: object) -> Iterator[str]:
    """Yield the texts of a string, HumanName or Address."""
    if isinstance(element, str):
        yield element
    elif isinstance(element, dict):
        for part in (*_NAME_PARTS, *_ADDRESS_PARTS[1:]):
            yield from (text for text in follow(element, part) if isinstance(text, str))


def targets(element: object, base_url: str) -> Iterator[str]:
    """Yield what a Reference or canonical points at: `Type/id` here, otherwise the text as it stands."""
    text = element.get("reference") if isinstance(element, dict) else element
    if isinstance(text, str):
        yield local_target(text, base_url) or text


def folded(text: str) -> str:
    """Fold case and accents away, as string search asks (FHIR R4 §3.1.1.4.8)."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
