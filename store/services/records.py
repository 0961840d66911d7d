"""Records of every type: listed, shown and searched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotFound
from store.records import catalog, details, searchable
from store.records.lossless import decode
from store.services.scope import check_one, source_of
from store.services.values import Listing, RecordRow, record_row
from store.vault import absences, reading
from store.vault.audit import Entry
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.records.elements import Json
    from store.records.source import Source
    from store.services.scope import Scope
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault


@dataclass(frozen=True)
class RecordDetail:
    """One record for reading: its row, its labelled lines and running text, and its FHIR JSON as it was served."""

    row: RecordRow
    detail: details.Detail
    fhir: bytes


class Records:
    """Every record of the vault, whatever its type."""

    def __init__(self, vault: Vault, scope: Scope) -> None:
        self._vault = vault
        self.scope = scope

    def list(self, kinds: tuple[str, ...] = (), limit: int | None = None) -> Listing[RecordRow]:
        """Records newest first: of some kinds (a plain noun or a FHIR type), or all that are about the patient.

        Raises InvalidInput when the vault has no such kind.
        """
        nouns = self.kinds(kinds)
        with self._vault.reading() as connection:
            wanted = Filter(connections=self.scope.ids(connection), kinds=nouns, limit=limit)
            found = reading.rows(connection, wanted)
            return Listing(self._described(connection, found), reading.count(connection, wanted))

    def counts(self) -> dict[str, int]:
        """How many records of each kind there are."""
        with self._vault.reading() as connection:
            return reading.counts_by_kind(connection, self.scope.ids(connection))

    def show(self, reference: str) -> RecordDetail:
        """One record by its id or `Type/id`; noted in the audit trail. Raises NotFound."""
        row, body = self.open(reference)
        with self._vault.reading() as connection:
            (described,) = self._described(connection, [row])
        return RecordDetail(described, details.read(decode(body)), body)

    def search(self, text: str, limit: int | None = None) -> Listing[RecordRow]:
        """Records in which every word of `text` stands, or begins a word; newest first. Noted in the audit trail.

        Raises InvalidInput when there is no word in it.
        """
        match = " ".join(f'"{word}"*' for word in searchable.words_typed(text))
        if not match:
            raise InvalidInput("there is no word to search for")
        with self._vault.reading() as connection:
            found = reading.search(connection, match, Filter(connections=self.scope.ids(connection)))
            described = self._described(connection, found[:limit])
        self._vault.note(Entry("search", f"{len(found)} found"))
        return Listing(described, len(found))

    def open(self, reference: str, types: tuple[str, ...] = ()) -> tuple[Row, bytes]:
        """A record and its bytes, for reading in full; noted in the audit trail. Raises NotFound."""
        row, body = self.find(reference, types)
        self.note_read(f"{row.type}/{row.id}", row)
        return row, body

    def note_read(self, what: str, row: Row | None = None) -> None:
        """Note in the audit trail that something of the patient whose `row` it is was read in full."""
        self._vault.note(Entry("read", what, self.subject(row.connection if row else None)))

    def subject(self, connection_id: int | None) -> str:
        """Whose records those of a connection are, for the audit trail: `Patient/id`, or empty where that is open."""
        with self._vault.reading() as connection:
            owners = [row for row in self.scope.owners(connection) if connection_id in {None, row.id}]
        return f"Patient/{owners[0].patient}" if len(owners) == 1 and owners[0].patient else ""

    def parties(self, connection_id: int) -> tuple[str, str, str]:
        """Whose records a write is about, who has the vault open (left open), and as whom, for the audit trail."""
        with self._vault.reading() as connection:
            owner = reading.owner(connection, connection_id)
        return f"Patient/{owner.patient}", "", owner.fhir_user

    def find(self, reference: str, types: tuple[str, ...] = ()) -> tuple[Row, bytes]:
        """A record and its bytes by id or `Type/id`, not noted anywhere.

        Raises NotFound, and Ambiguous when several portals or patients have one.
        """
        type_name, _, record_id = reference.rpartition("/")
        among = (type_name,) if type_name else types
        with self._vault.reading() as connection:
            wanted = Filter(connections=self.scope.ids(connection), types=among, record_id=record_id)
            found = list(reading.records(self._vault, connection, wanted))
        if not found:
            raise NotFound("record", reference)
        sources = self.sources()
        check_one("record", reference, (sources[row.connection] for row, _ in found))
        return found[0]

    def sources(self) -> dict[int, Source]:
        """Where the records of each connection that is meant are from."""
        with self._vault.reading() as connection:
            return {owner.id: source_of(owner) for owner in self.scope.owners(connection)}

    def ids(self) -> tuple[int, ...]:
        """The numbers of the connections that are meant."""
        with self._vault.reading() as connection:
            return self.scope.ids(connection)

    def _described(self, connection: DbConnection, found: Sequence[Row]) -> tuple[RecordRow, ...]:
        owners = self.scope.owners(connection)
        gone = absences.marked(connection, tuple(owner.id for owner in owners))
        sources = {owner.id: source_of(owner) for owner in owners}
        return tuple(record_row(row, gone.get(row.pk), sources[row.connection]) for row in found)

    def read_all(self, wanted: Filter) -> Iterator[tuple[Row, Json]]:
        """Records of a filter with their FHIR JSON, numbers as Decimal; only of connections that are meant."""
        with self._vault.reading() as connection:
            meant = self.scope.ids(connection)
            among = meant if wanted.connections is None else tuple(each for each in wanted.connections if each in meant)
            for row, body in reading.records(self._vault, connection, replace(wanted, connections=among)):
                yield row, decode(body)

    def kinds(self, typed: tuple[str, ...]) -> tuple[str, ...]:
        """The nouns that were meant: a noun as it is or in its plural, or a FHIR type. Raises InvalidInput."""
        if not typed:
            return ()
        known = self.counts().keys() | {item.noun for item in catalog.RECORD_TYPES.values()} | {"vital", "observation"}
        types = {name.lower(): item.noun for name, item in catalog.RECORD_TYPES.items()}
        found = []
        for word in typed:
            plain, singular, other = catalog.spellings(word)
            options = [plain, singular, types.get(plain, ""), other]
            match = next((option for option in options if option in known), None)
            if match is None:
                raise InvalidInput(f"there are no records of the kind `{word}`; there are: {', '.join(sorted(known))}")
            found.append(match)
        if "observation" in found:
            found += ["lab", "vital"]
        return tuple(found)
