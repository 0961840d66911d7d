"""Output for those who listen to it: one thing a line, labels before values, words in place of signs and drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from portal_cli import everywhere

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portal_cli.tables import Table

T = TypeVar("T")

OPTION = "--accessible"
_SIGNS = {
    "▲ ": "", "▼ ": "", "● ": "", "»": "", "«": "", "…": "...", "→": "to", "≥ ": "at least ", "≤ ": "at most ",
    "≥": "at least ", "≤": "at most ", "▲": "high", "▼": "low", "●": "yes", "·": ",",
}  # fmt: skip
_DRAWINGS = dict.fromkeys([*range(0x2500, 0x25B2), *range(0x25BD, 0x2600), *range(0x2800, 0x2900)], " ")
_MEASURED = {"Value", "Range", "Before", "Flag"}  # columns whose signs are of measuring


def is_on() -> bool:
    """Whether output is for listening."""
    return everywhere.now().accessible


def in_words(text: str) -> str:
    """A text with words in place of signs, and nothing in place of boxes, blocks and braille."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    return text if text.isascii() else text.translate(_DRAWINGS)


def rows(values: Sequence[T], table: Table[T]) -> str:
    """A listing as one line for each thing that is told of each row; what is empty is left out."""
    # Deferred: most runs are read by eye.
    from portal_cli import spoken  # noqa: PLC0415

    parts = []
    for number, cells in enumerate(table.cells(values), 1):
        told = zip(table.titles, cells, strict=True)
        lines = [f"{number} of {len(values)}, {table.noun}"]
        lines += labelled((title, spoken.words(cell) if title in _MEASURED else cell) for title, cell in told)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def labelled(facts: Iterable[tuple[str, str]]) -> list[str]:
    """Lines of a label and a value."""
    return [f"{title or 'Marked'}: {' '.join(in_words(value).split())}" for title, value in facts if value]
