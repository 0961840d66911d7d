"""Finding results in the vault: by name or code, taken apart into measurements, and the members of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import analytes, measures, panels, searchable
from store.records.lossless import decode
from store.services import earlier
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.records.elements import Json
    from store.records.labs import LabResult
    from store.records.measures import Measure
    from store.services.records import Records
    from store.services.subjects import Subjects
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault

_DEEPEST = 3  # panels inside panels
_MOST = 200  # members of a panel


@dataclass(frozen=True, slots=True)
class FoundMember:
    """A member of a panel that was found, and its row, unless it is inside the panel itself."""

    shown: panels.Member
    row: Row | None

    def joined(self, result: LabResult, before: Mapping[int, Row]) -> LabResult:
        """The result with what was before it."""
        return earlier.joined(result, self.row, before.get(self.row.pk)) if self.row else result


class Finder:
    """Observations of the patients that are meant."""

    def __init__(self, vault: Vault, records: Records, subjects: Subjects) -> None:
        self._vault = vault
        self._records = records
        self._subjects = subjects

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
        found = self.with_codes(connection, wanted, analytes.siblings(name))
        return found or self.named(connection, wanted, name)

    def with_codes(self, connection: DbConnection, wanted: Filter, codes: Iterable[str]) -> list[Row]:
        """Rows in which one of these codes, or other words, stand, newest first."""
        found = {row.pk: row for code in codes for row in self._matching(connection, wanted, code)}
        return sorted(found.values(), key=lambda row: (row.date is not None, row.date or 0, row.pk), reverse=True)

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
            number: measures.Reader(number, sources[number], self._subjects.person(connection, number))
            for number in {row.connection for row in rows}
        }
        seen: set[tuple[object, ...]] = set()
        for row in rows:
            resource, reader = decode(bodies[row.pk]), readers[row.connection]
            found = reader.read(resource)
            if "hasMember" in resource:
                members = (self._member(connection, row, name)[1] for name in panels.named(resource))
                found += [item for member in members if member for item in reader.read_member(member, resource)]
            for item in found or [reader.nothing(resource)]:
                name = (row.connection, item.id, item.key)
                if name not in seen:
                    seen.add(name)
                    yield item

    def members(self, connection: DbConnection, resource: Json, row: Row) -> tuple[list[FoundMember], int]:
        """The results that a panel is made of, in its order, and how many of them the vault does not have."""
        found: list[FoundMember] = []
        missing = 0
        seen = {f"{row.type}/{row.id}"}
        waiting = [(item, 0) for item in panels.named(resource)]
        while waiting and len(found) < _MOST:
            name, depth = waiting.pop(0)
            if name.literal in seen:
                continue
            seen.add(name.literal)
            own, inside = self._member(connection, row, name)
            if inside is None:
                missing += 1
                continue
            found.append(FoundMember(panels.Member(inside, depth), own))
            if depth < _DEEPEST:
                waiting[:0] = [(item, depth + 1) for item in panels.named(inside)]
        return found, missing

    def _member(self, connection: DbConnection, row: Row, name: panels.Named) -> tuple[Row | None, Json | None]:
        if name.contained or not name.id:
            return None, name.contained
        wanted = Filter(connections=(row.connection,), types=("Observation",), record_id=name.id)
        found = next(reading.records(self._vault, connection, wanted), None)
        return (found[0], decode(found[1])) if found else (None, None)
