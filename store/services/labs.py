"""Laboratory results and vital signs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.records import labs
from store.services.values import Listing
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.labs import LabResult
    from store.services.records import Records
    from store.vault.vault import Vault


class Labs:
    """Results, newest first."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    def list(
        self, name: str | None = None, *, abnormal: bool = False, kind: str = "lab", limit: int | None = None
    ) -> Listing[LabResult]:
        """Results whose name holds `name` or whose code is `name`; with `abnormal` only those flagged out of range.

        `kind` is `lab` or `vital`.
        """
        sources = self._records.sources()
        wanted = Filter(connections=tuple(sources), kinds=(kind,), standing=True)
        if name is None and not abnormal:
            with self._vault.reading() as connection:
                total = reading.count(connection, wanted)
            cut = replace(wanted, limit=limit)
            return Listing(
                tuple(labs.read(body, sources[row.connection]) for row, body in self._records.read_all(cut)), total
            )
        found = [
            labs.read(body, sources[row.connection])
            for row, body in self._records.read_all(wanted)
            if (name is None or name.lower() in row.title.lower() or name == row.code)
            and (not abnormal or row.flag not in labs.NOT_ABNORMAL)
        ]
        return Listing(tuple(found[:limit]), len(found))
