"""Markdown (GitHub's tables) for people: a part for each kind, newest first, and nothing of a record acts as markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from store.export import pages
from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#!|~&@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


class MarkdownWriter:
    """Writes a title, and a heading with a table where a kind begins."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        self._stream = stream
        self._kind: str | None = None
        self._line(f"# {escaped(pages.title(sheet))}", "", f"{pages.made(sheet)}. {pages.NOTICE}")

    def add(self, record: Exported) -> bool:
        """Write a row, under the heading of its kind."""
        if record.kind != self._kind:
            self._kind, self._table = record.kind, pages.table(record.kind)
            self._line("", f"## {self._table.heading}", "", _row(self._table.titles), _row(["---"] * self._width))
        self._line(_row([escaped(cell) for cell in self._table.cells(record)]))
        return True

    def end(self) -> None:
        """Nothing comes after the last row."""

    @property
    def _width(self) -> int:
        return len(self._table.titles)

    def _line(self, *lines: str) -> None:
        self._stream.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))


def escaped(text: str) -> str:
    """Text on one line in which nothing is markup: neither of Markdown, nor of HTML, nor an address to follow."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _row(cells: list[str] | pages.Cells) -> str:
    return f"| {' | '.join(cells)} |"


FORMAT = Format(
    "markdown", ".md", MarkdownWriter, "a page for notes and wikis, kind by kind, newest first", by_kind=True,
    is_one=True,
)  # fmt: skip
