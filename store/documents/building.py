"""From elements as they open and close to blocks: the one builder for HTML and for the narrative of C-CDA."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from store.documents.blocks import Block, Heading, Item, Paragraph, Table
from store.records.text import EMPTY, Safe, sanitize

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BREAKS = frozenset(
    {"p", "div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "blockquote", "body"}
    | {"center", "dl", "dt", "dd", "fieldset", "figure", "figcaption", "form", "hr", "html", "details", "summary"}
    | {"option", "select", "legend", "menu", "dir", *_HEADINGS}
)
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_MOST_BLOCKS = 200_000
_MOST_COLUMNS = 100
_MOST_SPAN = 20


@dataclass
class _Frame:
    """A table that is open: its finished rows, the row and the cell that are open, and what its cells hold."""

    caption: list[Block] = field(default_factory=list)
    rows: list[tuple[bool, list[list[Block]]]] = field(default_factory=list)
    cell: list[Block] | None = None
    span: int = 1
    in_caption: bool = False
    in_head: bool = False
    lists: int = 0


class Builder:
    """Takes text and the names of elements, and makes blocks of them. What it does not know is text that runs on."""

    def __init__(self) -> None:
        self._whole: list[Block] = []
        self._tables: list[_Frame] = []
        self._lists: list[list[int]] = []  # of each list that is open, the number of its next item; 0 without numbers
        self._run: list[str] = []
        self._heading = 0
        self._fixed = 0
        self._mark: str | None = None
        self._made = 0
        self._is_cut = False

    def text(self, text: str) -> None:
        """Take running text."""
        self._run.append(text if self._fixed else _SPACES.sub(" ", text))

    def line(self) -> None:
        """End a line within a paragraph."""
        self._run.append("\n")

    def open(self, name: str, span: int = 1) -> None:
        """Take the begin of an element; `span` is over how many columns a cell goes."""
        if name == "br":
            self.line()
        elif name in _LISTS:
            self._end_run()
            self._lists.append([1 if name == "ol" else 0])
        elif name == "li":
            self._end_run()
            self._mark = self._next_mark()
        elif name == "pre":
            self._end_run()
            self._fixed += 1
        elif name in {"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"}:
            self._open_table_part(name, span)
        elif name in _BREAKS:
            self._end_run()
            self._heading = _HEADINGS.get(name, self._heading)

    def close(self, name: str) -> None:
        """Take the end of an element."""
        if name in _LISTS:
            self._end_run()
            self._mark = None
            if len(self._lists) > self._outer_lists():
                self._lists.pop()
        elif name == "li":
            self._end_run()
            self._mark = None
        elif name == "pre":
            self._end_run()
            self._fixed = max(0, self._fixed - 1)
        elif name in {"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"}:
            self._close_table_part(name)
        elif name in _BREAKS:
            self._end_run()
            self._heading = 0 if name in _HEADINGS else self._heading

    def finish(self) -> tuple[Block, ...]:
        """The blocks; whatever is still open ends here."""
        self._end_run()
        while self._tables:
            self._close_table()
        if self._is_cut:
            self._whole.append(Paragraph(Safe("(This document is longer than is shown here.)")))
        return tuple(self._whole)

    def _open_table_part(self, name: str, span: int) -> None:
        self._end_run()
        if name == "table":
            self._mark = None
            self._tables.append(_Frame(lists=len(self._lists)))
            return
        if not self._tables:
            return
        frame = self._tables[-1]
        if name == "caption":
            frame.in_caption = True
        elif name in {"thead", "tbody", "tfoot"}:
            frame.in_head = name == "thead"
        elif name == "tr":
            frame.cell = None
            frame.rows.append((True, []))
        else:
            self._open_cell(frame, is_head=name == "th", span=span)

    def _open_cell(self, frame: _Frame, *, is_head: bool, span: int) -> None:
        if not frame.rows:
            frame.rows.append((True, []))
        all_heads, cells = frame.rows[-1]
        frame.rows[-1] = (all_heads and (is_head or frame.in_head), cells)
        frame.cell = []
        if len(cells) >= _MOST_COLUMNS:
            self._is_cut = True
            return
        cells.append(frame.cell)
        cells += [[] for _ in range(min(span, _MOST_SPAN) - 1)]

    def _close_table_part(self, name: str) -> None:
        self._end_run()
        if not self._tables:
            return
        frame = self._tables[-1]
        if name == "table":
            self._close_table()
        elif name == "caption":
            frame.in_caption = False
        elif name == "thead":
            frame.in_head = False
        elif name in {"td", "th", "tr"}:
            del self._lists[self._outer_lists() :]
            frame.cell = None

    def _close_table(self) -> None:
        self._end_run()
        frame = self._tables.pop()
        del self._lists[frame.lists :]
        for block in _table(frame):
            self._place(block)  # what stands in its cells was counted when it came

    def _outer_lists(self) -> int:
        return self._tables[-1].lists if self._tables else 0

    def _next_mark(self) -> str:
        if not self._lists or not self._lists[-1][0]:
            return "-"
        self._lists[-1][0] += 1
        return f"{self._lists[-1][0] - 1}."

    def _end_run(self) -> None:
        text = "".join(self._run)
        self._run.clear()
        cleaned = (
            text.strip("\n") if self._fixed else "\n".join(_SPACES.sub(" ", part).strip() for part in text.split("\n"))
        )
        if not cleaned.strip():
            return
        safe = sanitize(cleaned if self._fixed else cleaned.strip())
        if self._heading:
            self._add(Heading(Safe(" ".join(safe.split())), self._heading))
        elif self._lists and not self._fixed:
            depth = len(self._lists) - 1 - self._outer_lists()
            self._add(Item(safe, Safe(self._mark or ""), max(0, depth)))
            self._mark = ""  # what follows in the item stands under it, without a mark of its own
        else:
            self._add(Paragraph(safe, is_fixed=bool(self._fixed)))

    def _add(self, block: Block) -> None:
        self._made += 1
        if self._made > _MOST_BLOCKS:
            self._is_cut = True
            return
        self._place(block)

    def _place(self, block: Block) -> None:
        if not self._tables:
            self._whole.append(block)
            return
        frame = self._tables[-1]
        if frame.in_caption or frame.cell is None:
            frame.caption.append(block)
        else:
            frame.cell.append(block)


def _table(frame: _Frame) -> list[Block]:
    """A table as a block; one that only arranges a page, as what stands in its cells."""
    rows = _without_empty_end([row for row in frame.rows if any(row[1])])
    cells = [cell for _, row in rows for cell in row]
    only_arranges = any(isinstance(block, Table | Heading) for cell in cells for block in cell)
    if only_arranges or max((len(row) for _, row in rows), default=0) < 2:  # noqa: PLR2004 - one column is no table
        return [*frame.caption, *(block for cell in cells for block in cell)]
    width = max(len(row) for _, row in rows)
    lines = [(is_head, tuple(map(_cell, row)) + (EMPTY,) * (width - len(row))) for is_head, row in rows]
    has_head = len(lines) > 1 and lines[0][0]
    caption = Safe(" ".join(" ".join(_words(block).split()) for block in frame.caption))
    return [Table(lines[0][1] if has_head else (), tuple(row for _, row in lines[has_head:]), caption)]


def _without_empty_end(rows: list[tuple[bool, list[list[Block]]]]) -> list[tuple[bool, list[list[Block]]]]:
    """Rows without the last columns in which nothing stands."""
    width = max((place for _, row in rows for place, cell in enumerate(row, start=1) if cell), default=0)
    return [(is_head, row[:width]) for is_head, row in rows]


def _cell(blocks: list[Block]) -> Safe:
    return Safe("\n".join(_words(block) for block in blocks))


def _words(block: Block) -> str:
    if isinstance(block, Item) and block.mark:
        return f"{block.mark} {block.text}"
    return "" if isinstance(block, Table) else block.text
