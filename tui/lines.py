"""Lines of a list of any length, of which only those lately seen are kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.columns import Row

CHUNK = 200
"""So many lines are read at a time."""
_KEPT = 20  # chunks


class Lines:
    """The lines of one list: `total` of them, read chunk by chunk; `whole` makes one of lines that are all here."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self._chunks: OrderedDict[int, tuple[Row, ...]] = OrderedDict()
        self._whole: tuple[Row, ...] | None = None

    @classmethod
    def whole(cls, rows: Sequence[Row]) -> Lines:
        """Lines that are all here."""
        made = cls(len(rows))
        made._whole = tuple(rows)
        return made

    def __getitem__(self, index: int) -> Row | None:
        """The line at an index, or None when it is not here."""
        if self._whole is not None:
            return self._whole[index] if 0 <= index < self.total else None
        chunk = self._chunks.get(index // CHUNK)
        if chunk is None or not 0 <= index < self.total:
            return None
        self._chunks.move_to_end(index // CHUNK)
        offset = index % CHUNK
        return chunk[offset] if offset < len(chunk) else None

    def here(self) -> tuple[Row, ...]:
        """Those that are here, in no order where they are not all here."""
        return (
            self._whole if self._whole is not None else tuple(row for chunk in self._chunks.values() for row in chunk)
        )

    def fill(self, start: int, rows: Sequence[Row]) -> None:
        """Keep lines that were read: a chunk, which begins at `start`."""
        self._chunks[start // CHUNK] = tuple(rows)
        self._chunks.move_to_end(start // CHUNK)
        while len(self._chunks) > _KEPT:
            self._chunks.popitem(last=False)

    def grow(self, total: int) -> None:
        """Note that there are more lines; a last chunk that was not full is read again."""
        last = self.total // CHUNK
        if self.total % CHUNK and total > self.total:
            self._chunks.pop(last, None)
        self.total = total

    def missing(self, first: int, last: int) -> tuple[tuple[int, int], ...]:
        """Where chunks begin and end (exclusive) that are needed to show these lines and are not here."""
        if self._whole is not None or not self.total:
            return ()
        first, last = max(0, first), min(last, self.total - 1)
        return tuple(
            (chunk * CHUNK, min((chunk + 1) * CHUNK, self.total))
            for chunk in range(first // CHUNK, last // CHUNK + 1)
            if chunk not in self._chunks
        )
