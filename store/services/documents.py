"""Documents of records, for reading and for keeping elsewhere: their text, and their bytes under a harmless name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from store import events
from store.documents import names, reading
from store.documents.blocks import Heading, Paragraph
from store.documents.kinds import IMAGES, Kind, tell
from store.errors import NotFound
from store.records import elements
from store.records.lossless import decode
from store.records.text import Safe, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.documents.blocks import Block
    from store.events import OnEvent
    from store.records.elements import Json
    from store.services.attachments import AttachmentRow, Attachments
    from store.services.records import Records

MAX_SHOWN = 64 << 20
_MAX_PICTURE = 8 << 20
_MOST_SECTIONS = 500
_MOST_DEPTH = 8


@dataclass(frozen=True)
class Document:
    """What one attachment of a record says, by its `number` from 1; a composition of sections has number 0.

    `why_not` says why there are no blocks to show; `picture` are the bytes of a picture.
    """

    number: int
    title: Safe
    kind: Kind
    blocks: tuple[Block, ...]
    why_not: Safe
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class File:
    """One attachment as a file: a name that is harmless in any folder, and its content, part by part."""

    number: int
    name: str
    parts: Iterator[bytes] = field(repr=False)


class Documents:
    """Documents of the records of one vault."""

    def __init__(self, records: Records, attachments: Attachments) -> None:
        self._records = records
        self._attachments = attachments

    def read(self, record: str, attached: Sequence[AttachmentRow] | None = None) -> tuple[Document, ...]:
        """The documents of a record that are in the vault, as text. Raises NotFound.

        `attached` are its attachments, where they have been listed already.
        """
        listed = self._attachments.list(record) if attached is None else attached
        may_be_composed = "/" not in record or record.startswith("Composition/")
        composed = self._composed(record) if may_be_composed else ()
        return (*composed, *(self._read(record, item) for item in listed if item.is_in_vault))

    def fetch_missing(self, record: str, number: int | None = None, on_event: OnEvent = events.ignore) -> None:
        """Fetch those attachments of a record that are not in the vault yet, if the one of `number` is not.

        Raises as `Attachments.fetch` does, and NotFound for a record, or a number, that there is not.
        """
        wanted = [item for item in self._attachments.list(record) if number in {None, item.number}]
        if not wanted:
            raise NotFound("attachment", f"{record} {number or ''}".strip())
        if not all(item.is_in_vault for item in wanted):
            self._attachments.fetch(record, on_event=on_event)

    def files(self, record: str, number: int | None = None) -> Iterator[File]:
        """The attachments of a record that are in the vault, or the one of a number, as files. Raises NotFound."""
        row, _ = self._records.find(record)
        wanted = [
            item
            for item in self._attachments.list(f"{row.type}/{row.id}")
            if item.is_in_vault and number in {None, item.number}
        ]
        if not wanted:
            raise NotFound("attachment in the vault", f"{row.type}/{row.id} {number or ''}".strip())
        for item in wanted:
            parts = self._attachments.content(f"{row.type}/{row.id}", item.number)
            first = next(parts, b"")
            name = names.for_document(item.title, tell(first, item.content_type), f"{row.title} {row.date_text[:10]}")
            yield File(item.number, name, chain((first,), parts))

    def _composed(self, record: str) -> tuple[Document, ...]:
        """The sections of a record that is made of some."""
        row, body = self._records.find(record)
        blocks = _composition(decode(body)) if row.type == "Composition" else ()
        return (Document(0, one_line(row.title), Kind.HTML, blocks, Safe("")),) if blocks else ()

    def _read(self, record: str, item: AttachmentRow) -> Document:
        if (item.size or 0) > MAX_SHOWN:
            why = Safe(f"it is larger than {MAX_SHOWN >> 20} MiB")
            return Document(item.number, item.title, Kind.OTHER, (), why)
        content = b"".join(self._attachments.content(record, item.number))
        found = reading.read(content, item.content_type)
        shown = Document(item.number, item.title, found.kind, found.blocks, one_line(found.why_not))
        is_picture = found.kind in IMAGES and len(content) <= _MAX_PICTURE
        return replace(shown, picture=content) if is_picture else shown


def _composition(resource: Json) -> tuple[Block, ...]:
    """The sections of a Composition, each by its title and the narrative that its author wrote."""
    found: list[Block] = []
    waiting = [(section, 1) for section in reversed(elements.objects(resource.get("section")))]
    while waiting and len(found) < _MOST_SECTIONS:
        section, level = waiting.pop()
        name = elements.text(section.get("title")) or elements.concept(section.get("code"))
        found.append(Heading(name or Safe("Section"), min(level, 6)))
        div = elements.first(section.get("text")).get("div")
        if isinstance(div, str):
            said = reading.read(div.encode("utf-8", "replace"), "text/html")
            found += [Paragraph(Safe(f"({said.why_not})"))] if said.why_not else said.blocks
        if level < _MOST_DEPTH:
            waiting += [(inner, level + 1) for inner in reversed(elements.objects(section.get("section")))]
    return tuple(found)
