"""Columns of text: how wide each may be, and cells cut to fit."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from store.light import dataclass
from store.records.snippets import plain
from tui.standing import WHOSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GAP = 2
_SMALLEST = 4
_PART = 3


class Tone(StrEnum):
    """How loudly a cell speaks; its words carry the meaning without it."""

    PLAIN = "plain"
    QUIET = "quiet"
    STRONG = "strong"
    ALERT = "alert"


@dataclass(frozen=True)
class Cell:
    """One cell: its text, on one line, and its tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Row:
    """One line of a panel. `key` is the id of what it stands for, `portal` the name of the connection it is from."""

    key: str
    cells: tuple[Cell, ...]
    portal: str = ""

    def has_words(self, typed: str) -> bool:
        """Whether all words that were typed stand in it, be it in capitals or with accents."""
        text = plain(" ".join(cell.text for cell in self.cells))
        return all(word in text for word in plain(typed).split())


@dataclass(frozen=True)
class Column:
    """One column: no wider than `most` while others have no room, and cut down to `least` (0: never cut) then.

    It is left out on lines shorter than `from_width`, and where all its cells are empty. `title` stands above it in
    lists that have headings.
    """

    most: int
    least: int = 0
    is_right: bool = False
    from_width: int = 0
    title: str = ""


def widths(columns: Sequence[Column], rows: Iterable[Row], total: int) -> tuple[int, ...]:
    """How wide each column of these rows is drawn on a line of `total` cells; 0 for one that is left out."""
    return fit(columns, widest(columns, rows), total)


def widest(columns: Sequence[Column], rows: Iterable[Row]) -> tuple[int, ...]:
    """How wide the widest cell of each column is."""
    lines = tuple(rows)
    return tuple(max((cell_len(line.cells[index].text) for line in lines), default=0) for index in range(len(columns)))


def fit(columns: Sequence[Column], wanted: Sequence[int], total: int) -> tuple[int, ...]:
    """How wide columns are drawn on a line of `total` cells that would like to be `wanted` wide."""
    found = [
        min(column.most, width) if total >= column.from_width else 0
        for column, width in zip(columns, wanted, strict=True)
    ]
    gaps = GAP * max(0, sum(width > 0 for width in found) - 1)
    excess = sum(found) + gaps - total
    for floors in ([column.least for column in columns], [_SMALLEST if column.least else 0 for column in columns]):
        while excess > 0:
            room = [width - floor if floor else 0 for width, floor in zip(found, floors, strict=True)]
            if max(room, default=0) <= 0:
                break
            found[room.index(max(room))] -= 1
            excess -= 1
    return _grown(found, wanted, -excess)


def _grown(found: Sequence[int], wanted: Sequence[int], spare: int) -> tuple[int, ...]:
    """Widths with the room that is left, given first to the columns that lack the least, so that most are whole."""
    grown = list(found)
    lacking = [index for index, width in enumerate(found) if 0 < width < wanted[index]]
    for index in sorted(lacking, key=lambda index: wanted[index] - found[index]):
        more = max(0, min(spare, wanted[index] - found[index]))
        grown[index] += more
        spare -= more
    return tuple(grown)


def cut(text: str, width: int, *, is_right: bool = False) -> str:
    """A text in exactly `width` cells: padded, or cut with an ellipsis."""
    kept = _cut(text, width)
    space = " " * (width - cell_len(kept))
    return space + kept if is_right and kept == text else kept + space


def _cut(text: str, width: int) -> str:
    """A text in at most `width` cells. Whose a line is stands last in it, and is cut after all else."""
    title, mark, whose = text.rpartition(WHOSE)
    if mark and cell_len(text) > width:
        room = max(width - cell_len(mark + whose), width // _PART)
        text = f"{ended(title, room)}{mark}{whose}"
    return ended(text, width)


def ended(text: str, width: int) -> str:
    """A text in at most `width` cells, with an ellipsis where it is cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width else ""


def line(columns: Sequence[Column], row: Row, drawn: Sequence[int]) -> list[Cell]:
    """A row as cells of their drawn widths, the gaps between them included."""
    found: list[Cell] = []
    for column, cell, width in zip(columns, row.cells, drawn, strict=True):
        if width:
            text = cut(cell.text, width, is_right=column.is_right)
            found.append(Cell(text + " " * GAP, cell.tone))
    return found
