"""Long lists of records, for a face that shows a part of one at a time: where each record is, then some of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.services.wanted import Wanted, as_filter
from store.vault import paging, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.records import Records
    from store.services.values import RecordRow
    from store.vault.paging import Key
    from store.vault.vault import Vault

FIRST, MOST = 200, 12_800


@dataclass(frozen=True)
class Stretch:
    """The next records of a list, newest first: their places in the vault, and when each was.

    `dates` are seconds since 1970 UTC, None for what has no date. `after` is None where the list ends.
    """

    places: tuple[int, ...]
    dates: tuple[int | None, ...]
    after: Key | None


class Stretches:
    """Lists of records of any length, read a stretch at a time."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    def next(self, wanted: Wanted, after: Key | None = None) -> Stretch:
        """The places of the next records that are wanted: few of a list that begins, then more at a time.

        Raises InvalidInput when the vault has no such kind, or when a time is none.
        """
        nouns = self._records.kinds(wanted.kinds)
        size = FIRST if after is None else MOST
        with self._vault.reading() as connection:
            found = as_filter(connection, wanted, nouns, self._records.scope.ids(connection))
            if found.words or found.news is not None:  # these have no order of their own to go on in
                rows = reading.rows(connection, found)
                return Stretch(tuple(row.pk for row in rows), tuple(row.date for row in rows), None)
            keys = paging.keys(connection, replace(found, limit=size, after=after))
        places, dates = tuple(pk for _, pk in keys), tuple(date for date, _ in keys)
        return Stretch(places, dates, keys[-1] if len(keys) == size else None)

    def rows(self, places: Sequence[int]) -> tuple[RecordRow, ...]:
        """The records at some places, in their order; those that are gone by now are left out."""
        with self._vault.reading() as connection:
            return self._records.described(connection, reading.rows_of(connection, places))
