"""The XML of a CDA document as a tree: no DTD, no entities of its own, and bounds to size and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.documents.blocks import NotShown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

MAX_BYTES = 32 << 20
MAX_DEPTH = 200
MAX_ELEMENTS = 1_000_000
_SHORT = {"{urn:hl7-org:v3}": "", "{urn:hl7-org:sdtc}": "sdtc:"}
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def parse(content: bytes) -> Element:
    """The ClinicalDocument in some bytes, names of HL7's own without their namespace.

    Raises NotShown for what is no such document, declares entities or a DTD, or goes beyond the bounds.
    """
    if len(content) > MAX_BYTES:
        raise NotShown(f"the document is larger than {MAX_BYTES >> 20} MiB")
    root = _parsed(content)
    _shorten(root)
    if root.tag != "ClinicalDocument":
        raise NotShown("it is XML, but no clinical document (CDA R2)")
    return root


def _parsed(content: bytes) -> Element:
    # Deferred: most documents are none of these.
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - the error alone

    from defusedxml import DefusedXmlException, ElementTree  # noqa: PLC0415 - as above

    try:
        found: Element = ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotShown("it declares a DTD or entities of its own, which may be an attack and are refused") from error
    except ParseError as error:
        line, column = error.position
        raise NotShown(f"its XML is broken at line {line}, column {column + 1}") from error
    except (LookupError, ValueError, RecursionError, MemoryError) as error:
        raise NotShown("its XML cannot be read") from error
    return found


def _shorten(root: Element) -> None:
    """Give HL7's own elements their bare names, and look at how many there are and how deep they go."""
    waiting = [(root, 1)]
    count = 0
    while waiting:
        element, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise NotShown(f"its XML is nested more than {MAX_DEPTH} levels deep")
        if count > MAX_ELEMENTS:
            raise NotShown("it has too many parts")
        for before, short in _SHORT.items():
            if element.tag.startswith(before):
                element.tag = short + element.tag[len(before) :]
        waiting += [(child, depth + 1) for child in element]


def texts(element: Element | None) -> str:
    """All text in an element, on one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def kind(element: Element | None) -> str:
    """The data type that a value says it has, such as `PQ`."""
    return element.get(_TYPE, "").rpartition(":")[2] if element is not None else ""


def is_null(element: Element | None) -> bool:
    """Whether an element is missing, or says that nothing is known."""
    return element is None or "nullFlavor" in element.attrib


def template_ids(element: Element) -> set[str]:
    """The templates that an element says it follows."""
    return {found.get("root", "") for found in element.findall("templateId")}


def sections(body: Element) -> Iterator[tuple[Element, int]]:
    """The sections of a document in their order, each with how deep it stands, from 1."""
    waiting = [(element, 1) for element in reversed(body.findall("component/structuredBody/component/section"))]
    while waiting:
        section, level = waiting.pop()
        yield section, level
        waiting += [(inner, level + 1) for inner in reversed(section.findall("component/section"))]
