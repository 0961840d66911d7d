"""Documents of a record as text for people, and pictures on the terminals that can show them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from portal_cli import output, pictures
from store.documents.layout import Layout, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.documents import Document

_WIDEST = 100  # columns: longer lines are hard to read
_PIPED = 80


def show(documents: Sequence[Document], record: str, *, is_spoken: bool) -> None:
    """Print what documents say, one under the other, each after its title where there are several.

    What `is_spoken` is laid out for a screen reader: one thing after the other, and no pictures.
    """
    columns = shutil.get_terminal_size((_PIPED, 24)).columns
    how = Layout(min(columns, _WIDEST), linear=is_spoken)
    for document in documents:
        drawn = b"" if how.linear or not output.is_terminal() else pictures.drawn(document.picture)
        output.text(_one(document, record, how, is_drawn=bool(drawn), alone=len(documents) == 1))
        if drawn:
            output.picture(drawn)


def sections(documents: Sequence[Document]) -> list[dict[str, object]]:
    """The same for JSON: the text of each, without a width."""
    return [
        {
            "number": document.number,
            "title": document.title,
            "kind": document.kind,
            "text": lay_out(document.blocks, Layout(width=_PIPED)),
            "why_not": document.why_not,
        }
        for document in documents
    ]


def _one(document: Document, record: str, how: Layout, *, is_drawn: bool, alone: bool) -> str:
    number = f"Document {document.number}: " if document.number else ""
    head = "" if alone and document.blocks else f"{number}{document.title or document.kind}"
    missing = _why_not(document, record) if document.why_not and not is_drawn else ""
    return "\n" + "\n\n".join(filter(None, (head, lay_out(document.blocks, how), missing)))


def _why_not(document: Document, record: str) -> str:
    which = f"{record} --number {document.number}" if document.number > 1 else record
    return (
        f"It is not shown here: {document.why_not}.\n"
        f"`portal records open {which}` shows it in a viewer, `portal records download {which}` keeps it."
    )
