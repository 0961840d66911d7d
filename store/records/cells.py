"""How wide texts are on a terminal, and lines that fit it: the one place where cells are counted and words broken."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NO_CELL = frozenset({"Mn", "Me", "Cf"})
_TWO_CELLS = frozenset({"W", "F"})
_SOFT_HYPHEN = "\N{SOFT HYPHEN}"  # a format character that terminals draw


def cell_width(text: str) -> int:
    """How many cells of a terminal a text takes (Unicode Annex 11; marks and joiners take none)."""
    if text.isascii():
        return len(text)
    return sum(map(_sign_width, text))


def filled(words: Iterable[str], width: int) -> list[str]:
    """Words in lines of at most so many cells, with a space between two; one that is longer is broken anywhere.

    There is always a line, if an empty one. Only a sign that is itself wider than `width` cells stands out.
    """
    lines: list[str] = []
    line, used = "", 0
    for word in words:
        for piece, size in _pieces(word, width):
            if line and used + 1 + size > width:
                lines.append(line)
                line, used = piece, size
            else:
                line, used = (f"{line} {piece}", used + 1 + size) if line else (piece, size)
    return [*lines, line]


def _pieces(word: str, width: int) -> Iterator[tuple[str, int]]:
    """Yield a word, or the parts of it that fit, each with how many cells it takes."""
    whole = cell_width(word)
    if whole <= width:
        yield word, whole
        return
    start = used = 0
    for place, sign in enumerate(word):
        size = _sign_width(sign)
        if place > start and used + size > width:
            yield word[start:place], used
            start, used = place, 0
        used += size
    yield word[start:], used


def _sign_width(sign: str) -> int:
    if unicodedata.combining(sign) or (unicodedata.category(sign) in _NO_CELL and sign != _SOFT_HYPHEN):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in _TWO_CELLS else 1
