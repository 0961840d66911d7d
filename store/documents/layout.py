"""Blocks as lines of text for a width: tables with their columns under one another where they fit, else row by row.

Laid out `linear`, for a screen reader, a table is told row by row, each cell after the name of its column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.documents.blocks import Block, Heading, Item, Paragraph, Table
from store.records.cells import cell_width, filled
from store.records.text import Safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GAP = "  "
_NARROWEST = 8  # signs of a column below which a table is told row by row
_SHORTEST = 20  # signs of a line: in less room nothing can be read
_INDENT = "  "


@dataclass(frozen=True)
class Layout:
    """How blocks are laid out: in lines of `width` signs, and `linear` for a screen reader."""

    width: int = 80
    linear: bool = False


def lay_out(blocks: Sequence[Block], how: Layout) -> Safe:
    """The text of some blocks."""
    paragraphs: list[str] = []
    before: Block | None = None
    for block in blocks:
        lines = "\n".join(_lines(block, how))
        if isinstance(block, Item) and isinstance(before, Item):
            paragraphs[-1] += f"\n{lines}"
        else:
            paragraphs.append(lines)
        before = block
    return Safe("\n\n".join(filter(None, paragraphs)))


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most some width; a word that is longer is broken, and its own ends of lines are kept."""
    found: list[str] = []
    for line in text.split("\n"):
        found += _wrap_line(line, max(1, width))
    return found


def _wrap_line(line: str, width: int) -> list[str]:
    return [line.rstrip()] if cell_width(line) <= width else filled(line.split(), width)


def _lines(block: Block, how: Layout) -> list[str]:
    width = max(_SHORTEST, how.width)
    if isinstance(block, Heading):
        return _heading(block, width, how)
    if isinstance(block, Paragraph):
        if block.is_fixed:
            return [piece for line in block.text.split("\n") for piece in wrapped(line.expandtabs(), width)]
        return wrapped(block.text.replace("\t", " "), width)
    if isinstance(block, Item):
        before = _INDENT * block.depth + (f"{block.mark} " if block.mark else _INDENT)
        lines = wrapped(block.text, width - len(before))
        return [f"{before if not number else ' ' * len(before)}{line}" for number, line in enumerate(lines)]
    return _table(block, width, how)


def _heading(block: Heading, width: int, how: Layout) -> list[str]:
    if how.linear:
        return wrapped(f"Heading {block.level}: {block.text}", width)
    lines = wrapped(block.text, width)
    if block.level > 2:  # noqa: PLR2004 - two levels stand out enough
        return lines
    sign = "=" if block.level == 1 else "-"
    return [*lines, sign * max(map(cell_width, lines))]


def _table(block: Table, width: int, how: Layout) -> list[str]:
    caption = wrapped(block.caption, width) if block.caption else []
    widths = None if how.linear else _widths(block, width)
    if widths is None:
        return [*caption, *_row_by_row(block, width)]
    lines = [_join_row(block.header, widths), [_GAP.join("-" * size for size in widths)]] if block.header else []
    return [*caption, *(line for row in lines for line in row), *_body(block, widths)]


def _body(block: Table, widths: Sequence[int]) -> list[str]:
    return [line for row in block.rows for line in _join_row(row, widths)]


def _join_row(row: Sequence[Safe], widths: Sequence[int]) -> list[str]:
    """One row of cells, as many lines as its longest cell needs."""
    cells = [wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
    lines = []
    for place in range(max(map(len, cells), default=0)):
        parts = [cell[place] if place < len(cell) else "" for cell in cells]
        padded = [part + " " * (size - cell_width(part)) for part, size in zip(parts, widths, strict=True)]
        lines.append(_GAP.join(padded).rstrip())
    return lines


def _widths(block: Table, width: int) -> list[int] | None:
    """How wide the columns are to be; None where they do not fit beside one another."""
    columns = list(zip(*filter(None, (block.header, *block.rows)), strict=True))
    if not columns:
        return None
    wanted = [max(1, _widest(line for cell in column for line in cell.split("\n"))) for column in columns]
    room = width - len(_GAP) * (len(wanted) - 1)
    if sum(wanted) <= room:
        return wanted
    floors = [
        min(size, max(_NARROWEST, _widest(cell_words(column)))) for size, column in zip(wanted, columns, strict=True)
    ]
    if sum(floors) > room:
        floors = [min(size, _NARROWEST) for size in wanted]
    if sum(floors) > room:
        return None
    return _shared(wanted, floors, room)


def _shared(wanted: Sequence[int], floors: Sequence[int], room: int) -> list[int]:
    """Every column what it cannot do without, and the rest to those that want more, as they want it."""
    left, missing = room - sum(floors), [size - floor for size, floor in zip(wanted, floors, strict=True)]
    total = sum(missing) or 1
    return [floor + left * more // total for floor, more in zip(floors, missing, strict=True)]


def cell_words(column: Iterable[Safe]) -> list[str]:
    """The words in the cells of a column."""
    return [word for cell in column for word in cell.split()]


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_width, texts), default=0)


def _row_by_row(block: Table, width: int) -> list[str]:
    """Each row as lines of its own: the name of the column, then the cell."""
    lines: list[str] = []
    names = block.header or tuple(
        Safe(f"Column {number + 1}") for number in range(len(block.rows[0]) if block.rows else 0)
    )
    for number, row in enumerate(block.rows):
        lines += [""] if number else []
        for name, cell in zip(names, row, strict=True):
            if cell:
                told = f"{' '.join(name.split())}: {cell}" if name else cell
                lines += wrapped(told, width)
    return lines
