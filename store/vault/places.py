"""A set of records by their primary keys, which takes a byte for each that the vault holds, however many it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOM = 1 << 16


class Places:
    """Primary keys, positive whole numbers that are given out in order."""

    def __init__(self, places: Iterable[int] = ()) -> None:
        self._marks = bytearray()
        self._is_empty = True
        self.update(places)

    def __contains__(self, place: object) -> bool:
        return isinstance(place, int) and place < len(self._marks) and self._marks[place] == 1

    def __bool__(self) -> bool:
        return not self._is_empty

    def update(self, places: Iterable[int]) -> None:
        """Take in more of them."""
        for place in places:
            if place >= len(self._marks):
                self._marks.extend(bytes(place - len(self._marks) + _ROOM))
            self._marks[place] = 1
            self._is_empty = False
