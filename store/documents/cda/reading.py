"""A CDA document for reading: its head, then its sections as their authors wrote them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.documents.blocks import Heading, Paragraph
from store.documents.building import Builder
from store.documents.cda import people, times, tree
from store.records.text import Safe, one_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from store.documents.blocks import Block

_NAMES = {"paragraph": "p", "item": "li", "content": "span", "linkHtml": "a", "footnote": "p", "list": "ul"}
_MOST_NAMES = 50_000
_MOST_WORDS = 10_000  # signs under one name: a name of a whole section is of no use to an entry
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Enclosed:
    """What stands in a document in the place of sections: a file of some type, or only the name of one."""

    content_type: str
    content: bytes | None
    reference: str = ""


def read(root: Element) -> tuple[Block, ...]:
    """The blocks of a document, without what it encloses."""
    found = [*_head(root)]
    for section, level in tree.sections(root):
        found += _section(section, level)
    return tuple(found)


def title(root: Element) -> Safe:
    """What the document is called."""
    code = root.find("code")
    own = tree.texts(root.find("title"))
    return one_line(own or (code.get("displayName", "") if code is not None else "") or "Clinical document")


def enclosed(root: Element) -> Enclosed | None:
    """The file that a document without sections carries."""
    text = root.find("component/nonXMLBody/text")
    if text is None:
        return None
    reference = text.find("reference")
    named = reference.get("value", "") if reference is not None else ""
    return Enclosed(text.get("mediaType", "text/plain"), None if named else _content(text), named)


def _content(text: Element) -> bytes | None:
    whole = "".join(text.itertext())
    if text.get("representation") != "B64":
        return whole.encode("utf-8")
    try:
        return base64.b64decode(_SPACES.sub("", whole), validate=True)
    except (binascii.Error, ValueError):
        return None


def _head(root: Element) -> list[Block]:
    patient = root.find("recordTarget/patientRole/patient")
    born = patient.find("birthTime") if patient is not None else None
    facts = [
        ("Patient", people.name(patient.find("name") if patient is not None else None)),
        ("Born", times.in_words(born)),
        ("Date", times.in_words(root.find("effectiveTime"))),
        ("Written by", ", ".join(dict.fromkeys(filter(None, map(people.author, root.findall("author")))))),
        ("Kept by", tree.texts(root.find("custodian/assignedCustodian/representedCustodianOrganization/name"))),
    ]
    lines = "\n".join(f"{label}: {one_line(value)}" for label, value in facts if value)
    return [Heading(title(root)), *([Paragraph(Safe(lines))] if lines else [])]


def _section(section: Element, level: int) -> list[Block]:
    code = section.find("code")
    name = tree.texts(section.find("title")) or (code.get("displayName", "") if code is not None else "")
    blocks = narrative(section.find("text"))
    if not blocks and section.find("component/section") is None:
        blocks = (Paragraph(Safe("(Nothing is written in this section.)")),)
    return [Heading(one_line(name) or Safe("Section"), min(level + 1, 6)), *blocks]


def narrative(text: Element | None) -> tuple[Block, ...]:
    """The narrative of a section as blocks."""
    if text is None:
        return ()
    builder = Builder()
    _walk(text, builder)
    return builder.finish()


def _walk(root: Element, builder: Builder) -> None:
    """Go through a narrative in its order: nothing in it is deeper than the tree allows."""
    waiting: list[tuple[Element, bool]] = [(root, False)]
    while waiting:
        element, is_done = waiting.pop()
        if is_done:
            builder.close(_name(element))
            builder.text(element.tail or "" if element is not root else "")
            continue
        _open(element, builder)
        waiting.append((element, True))
        waiting += [(child, False) for child in reversed(element) if isinstance(child.tag, str)]


def _open(element: Element, builder: Builder) -> None:
    span = element.get("colspan", "1")
    builder.open(_name(element), int(span) if span.isascii() and span.isdecimal() and len(span) < 4 else 1)  # noqa: PLR2004 - digits of a sane span
    if element.tag == "renderMultiMedia":
        builder.text(" [picture] ")
    builder.text(element.text or "")


def _name(element: Element) -> str:
    if element.tag == "list" and element.get("listType") == "ordered":
        return "ol"
    if element.tag in {"caption", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "br"}:
        return str(element.tag)
    return _NAMES.get(element.tag, "span" if element.tag != "text" else "div")


def named_texts(root: Element) -> dict[str, str]:
    """What stands in a document under each name that its entries may refer to: as it is, and unsafe to show."""
    found: dict[str, str] = {}
    for section, _ in tree.sections(root):
        text = section.find("text")
        for element in text.iter() if text is not None else ():
            own = element.get("ID")
            if own and own not in found and len(found) < _MOST_NAMES:
                found[own] = _spaced(element)
    return found


def _spaced(element: Element) -> str:
    """The text of an element, cells and items of it apart."""
    return " ".join(" ".join(element.itertext()).split())[:_MOST_WORDS]
