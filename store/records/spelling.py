"""How far apart two spellings are (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SHORTEST = 4  # letters; shorter words have too many others near them
_SHORTEST_WITH_TWO = 7
_MOST = 3


def nearest(word: str, others: Iterable[str], uses: Callable[[str], int]) -> list[str]:
    """The likeliest of other spellings, by how often each is used: a slip away, or two in a long word."""
    plain = word.lower()
    if len(plain) < _SHORTEST:
        return []
    most = 2 if len(plain) >= _SHORTEST_WITH_TWO else 1
    near, letters = {}, set(plain)
    for other in others:
        if len(letters.symmetric_difference(other)) > 2 * most:
            continue  # one change takes a letter away and brings another, at the most
        if other != plain and (apart := distance(plain, other, most)) <= most:
            near[other] = (apart, -uses(other), other)
    return sorted(near, key=near.__getitem__)[:_MOST]


def distance(one: str, other: str, most: int) -> int:
    """How many letters are changed, missing, too many or changed about; more than `most` is counted no further."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            steps = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                steps = min(steps, before[column - 2] + 1)
            line.append(steps)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return last[-1]
