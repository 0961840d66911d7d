"""Finding results in the vault: by name or code, taken apart into measurements, and the members of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import analytes, measures, panels, searchable
from store.records.lossless import decode
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.elements import Json
    from store.records.measures import Measure
    from store.services.people import People
    from store.services.records import Records
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault

_DEEPEST = 3  # panels inside panels
_MOST = 200  # members of a panel


class Finder:
    """Observations of the patients that are meant."""

    def __init__(self, vault: Vault, records: Records, people: People) -> None:
        self._vault = vault
        self._records = records
        self._people = people

    def named(self, connection: DbConnection, wanted: Filter, name: str) -> list[Row]:
        """Rows whose title holds a name, or whose code it is, newest first."""
        low = name.lower()
        found = self._matching(connection, wanted, name) or reading.rows(connection, wanted)
        shown = [row for row in found if low in row.title.lower() or name == row.code]
        if shown or not found:
            return shown
        return [row for row in reading.rows(connection, wanted) if low in row.title.lower() or name == row.code]

    def candidates(self, connection: DbConnection, wanted: Filter, name: str) -> list[Row]:
        """Rows that may tell of what was named: by any word or code in them, else by a part of a word in the title."""
        codes = analytes.siblings(name)
        found = {row.pk: row for code in codes for row in self._matching(connection, wanted, code)}
        if found:
            return sorted(found.values(), key=lambda row: (row.date is not None, row.date, row.pk), reverse=True)
        return self.named(connection, wanted, name)

    @staticmethod
    def _matching(connection: DbConnection, wanted: Filter, name: str) -> list[Row]:
        words = searchable.words_typed(name)
        if not words:
            return []
        ending = "" if analytes.is_loinc(name) else "*"
        match = " ".join(f'"{word}"{ending}' for word in words)
        return reading.search(connection, match, wanted)

    def measures(self, connection: DbConnection, rows: Sequence[Row]) -> Iterator[Measure]:
        """All that these rows measured."""
        bodies = reading.bodies(self._vault, connection, [row.pk for row in rows])
        sources = self._records.sources()
        readers = {
            number: measures.Reader(number, sources[number], self._people.person(connection, number))
            for number in {row.connection for row in rows}
        }
        for row in rows:
            yield from readers[row.connection].read(decode(bodies[row.pk]))

    def members(self, connection: DbConnection, resource: Json, row: Row) -> tuple[list[panels.Member], int]:
        """The results that a panel is made of, in its order, and how many of them the vault does not have."""
        found: list[panels.Member] = []
        missing = 0
        seen = {f"{row.type}/{row.id}"}
        waiting = [(item, 0) for item in panels.named(resource)]
        while waiting and len(found) < _MOST:
            name, depth = waiting.pop(0)
            if name.literal in seen:
                continue
            seen.add(name.literal)
            member = name.contained or self._member(connection, row, name.id)
            if member is None:
                missing += 1
                continue
            found.append(panels.Member(member, depth))
            if depth < _DEEPEST:
                waiting[:0] = [(item, depth + 1) for item in panels.named(member)]
        return found, missing

    def _member(self, connection: DbConnection, row: Row, record_id: str) -> Json | None:
        if not record_id:
            return None
        wanted = Filter(connections=(row.connection,), types=("Observation",), record_id=record_id)
        found = next(reading.records(self._vault, connection, wanted), None)
        return decode(found[1]) if found else None
