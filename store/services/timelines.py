"""Records of all kinds by the days or months that they are of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.services.values import RecordRow

_MONTH = 7  # letters of 2024-05
_UNDATED = "without a date"


@dataclass(frozen=True)
class Stretch:
    """A day, a month or a year, by its name, and its records, newest first."""

    name: str
    items: tuple[RecordRow, ...]


def by_time(rows: Iterable[RecordRow], *, by_day: bool) -> tuple[Stretch, ...]:
    """Group records that come newest first. A record of a whole year stands under its year."""

    def name(row: RecordRow) -> str:
        found = str(row.date.day()) if row.date and row.date.epoch is not None else ""
        return (found if by_day else found[:_MONTH]) or _UNDATED

    return tuple(Stretch(key, tuple(items)) for key, items in groupby(rows, key=name))
