"""The parts that a document is made of once it is read: headings, paragraphs, items of lists and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from store.records.text import EMPTY, Safe


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part; `level` counts from 1, the highest."""

    text: Safe
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; its ends of lines are the document's own. With `is_fixed` its spaces are, too."""

    text: Safe
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list, `depth` lists down, with the `mark` that stands before it."""

    text: Safe
    mark: Safe = EMPTY
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, all of one length; `header` is empty where the document names no columns."""

    header: tuple[Safe, ...]
    rows: tuple[tuple[Safe, ...], ...]
    caption: Safe = EMPTY


Block: TypeAlias = Heading | Paragraph | Item | Table


class NotShown(Exception):
    """A document cannot be shown as text; `str()` says why, in one sentence without a full stop."""


def words(blocks: tuple[Block, ...]) -> str:
    """All text of some blocks, one phrase a line, for search."""
    found: list[str] = []
    for block in blocks:
        if isinstance(block, Table):
            found += [block.caption, *block.header, *(cell for row in block.rows for cell in row)]
        else:
            found.append(block.text)
    return "\n".join(filter(None, found))
