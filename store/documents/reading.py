"""Any document as blocks of text: the one place that knows which reader is for which kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.documents import kinds, markup
from store.documents.blocks import NotShown, Paragraph
from store.documents.kinds import IMAGES, Kind
from store.records.text import one_line, sanitize

if TYPE_CHECKING:
    from store.documents.blocks import Block

MAX_TEXT = 4 << 20
_NO_TEXT = {
    Kind.ZIP: "it is a packed file or one of an office program",
    Kind.OTHER: "it is of a kind that has no text",
}


@dataclass(frozen=True)
class Read:
    """What a document is, and what it says; `why_not` says why it is not shown as text, and is empty where it is."""

    kind: Kind
    blocks: tuple[Block, ...] = ()
    why_not: str = ""


def read(content: bytes, declared: str = "") -> Read:
    """Read a document of whatever kind; `declared` is the content type that its sender gives it."""
    kind = kinds.tell(content, declared)
    try:
        return Read(kind, _blocks(content, kind, declared))
    except NotShown as error:
        return Read(kind, (), one_line(str(error)))


def _blocks(content: bytes, kind: Kind, declared: str) -> tuple[Block, ...]:
    if kind in {Kind.TEXT, Kind.JSON, Kind.XML}:
        return plain(content, kinds.charset(declared))
    if kind is Kind.HTML:
        return markup.read(content, kinds.charset(declared))
    if kind is Kind.RTF:
        from store.documents import rtf  # noqa: PLC0415 - each reader is loaded when it is needed

        return rtf.read(content)
    if kind is Kind.PDF:
        from store.documents import pdf  # noqa: PLC0415 - as above

        return pdf.read(content)
    if kind is Kind.CDA:
        return clinical(content)
    raise NotShown(f"it is a picture ({kind})" if kind in IMAGES else _NO_TEXT[kind])


def plain(content: bytes, charset: str = "") -> tuple[Block, ...]:
    """Plain text as paragraphs. Raises NotShown for what is too large."""
    if len(content) > MAX_TEXT:
        raise NotShown(f"the text is larger than {MAX_TEXT >> 20} MiB")
    text = sanitize(markup.decoded(content, charset).replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(Paragraph(sanitize(part.strip("\n"))) for part in text.split("\n\n") if part.strip())


def clinical(content: bytes) -> tuple[Block, ...]:
    """A CDA document: its head and sections, and the text of a file that it encloses. Raises NotShown."""
    from store.documents.cda import reading, tree  # noqa: PLC0415 - as in _blocks

    root = tree.parse(content)
    found = reading.read(root)
    inner = reading.enclosed(root)
    if inner is None:
        return found
    return (*found, *_enclosed(inner.content, inner.content_type, inner.reference))


def _enclosed(content: bytes | None, declared: str, reference: str) -> tuple[Block, ...]:
    if reference:
        return (_note(f"The document is a file of its own, {one_line(reference)}, which did not come with it."),)
    if content is None:
        return (_note("The file that the document encloses is damaged."),)
    kind = kinds.tell(content, declared)
    if kind is Kind.CDA:
        return (_note("The document encloses another clinical document."),)
    inner = read(content, declared)
    if inner.why_not:
        return (_note(f"It encloses a file ({one_line(declared)}) that is not shown: {inner.why_not}."),)
    return inner.blocks


def _note(sentence: str) -> Paragraph:
    return Paragraph(sanitize(f"({sentence})"))
