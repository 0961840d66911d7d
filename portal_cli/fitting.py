"""How wide the columns of a table are drawn where not all of it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records.cells import cell_width

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

_NARROWEST = 8
_LONGEST_WORD = 20  # what is longer, such as an address, may be broken


def longest_word(texts: Iterable[str]) -> int:
    """How wide a column has to be so that no word in it is broken, of those that are not too long for that."""
    widths = [cell_width(word) for text in texts for word in text.split(" ")]
    return max((_NARROWEST if width > _LONGEST_WORD else width for width in widths), default=0)


def natural_widths(columns: Iterable[Iterable[str]]) -> list[int]:
    """How wide each column would be where there is room."""
    return [max(map(cell_width, texts)) for texts in columns]


def columns_fitted(
    columns: Sequence[Sequence[str]], whole: Container[int], width: int, gap: int
) -> tuple[list[int], int]:
    """The widths of columns of texts, as `fitted` has it; those whose place is in `whole` are only cut last of all."""
    wishes = natural_widths(columns)
    least = [wishes[place] if place in whole else longest_word(texts) for place, texts in enumerate(columns)]
    return fitted(wishes, least, width, gap)


def fitted(natural: Sequence[int], least: Sequence[int], width: int, gap: int) -> tuple[list[int], int]:
    """The widths of columns, and of the gap between them; a narrow gap is better than a broken word.

    `natural` is how wide each would be, `least` how wide it has to be to break no word.
    """
    found = [min(each, width) for each in natural]
    for space in (gap, 1):
        room = width - space * (len(found) - 1)
        if sum(map(min, found, least)) <= room:
            return _shrunk(found, least, room), space
    return _shrunk(found, [min(each, _NARROWEST) for each in found], width - len(found) + 1), 1


def _shrunk(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths that fit, by taking a cell at a time from the widest that has any to give."""
    found = list(widths)
    while sum(found) > room:
        spare = [place for place, each in enumerate(found) if each > least[place]]
        if not spare:
            break
        found[max(spare, key=found.__getitem__)] -= 1
    return found
