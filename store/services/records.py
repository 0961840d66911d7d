"""Records of every type: listed, shown and searched."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import starmap
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotFound, WrongState
from store.light import dataclass
from store.records import catalog, clinicians
from store.records.lossless import decode
from store.services.naming import Names
from store.services.scope import check_one, source_of
from store.services.values import Listing, RecordRow, record_values
from store.services.wanted import Wanted, as_filter
from store.vault import absences, looks, outbox, paging, reading, search
from store.vault.audit import Entry
from store.vault.kinds import every_noun
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from store.records.details import Detail
    from store.records.elements import Json
    from store.records.source import Source
    from store.services.scope import Scope
    from store.services.searches import Hits, Searches
    from store.services.values import RecordValues
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault

    Rows: TypeAlias = list[Row]

__all__ = ["RecordDetail", "Records", "Wanted"]


@dataclass(frozen=True)
class RecordDetail:
    """One record for reading: its row, its labelled lines and running text, and its FHIR JSON as it was served."""

    row: RecordRow
    detail: Detail
    fhir: bytes


_KNOWN = frozenset(item.noun for item in catalog.RECORD_TYPES.values()) | {"vital", "observation"}
_OF_TYPES = {name.lower(): item.noun for name, item in catalog.RECORD_TYPES.items()}
_NOUNS = {"Appointment": "appointment", "Coverage": "insurance", "AllergyIntolerance": "allergy"}
"""What is not found, where only one type is looked for."""


class Records:
    """Every record of the vault, whatever its type."""

    def __init__(self, vault: Vault, scope: Scope) -> None:
        self._vault = vault
        self.scope = scope

    def list(self, wanted: Wanted | tuple[str, ...] = (), limit: int | None = None) -> Listing[RecordRow]:
        """Records newest first: of some kinds (a plain noun or a FHIR type), or as else is wanted.

        Where what is new is wanted and all of it is here, it is taken as looked at. Raises InvalidInput when the vault
        has no such kind, or when a time is none.
        """
        asked = wanted if isinstance(wanted, Wanted) else Wanted(kinds=wanted)
        with self._vault.reading() as connection:
            nouns = self.kinds(asked.kinds)
            meant = self.scope.ids(connection)
            found = replace(as_filter(connection, asked, nouns, meant), limit=limit, after=self._after(asked.after))
            listed = self._page(connection, asked, found)
            tops = {owner: looks.top(connection, owner) for owner in meant} if asked.new else {}
        if asked.new and asked.is_by_kind_alone and not listed.is_cut:
            with self._vault.transaction() as tx:
                for owner, top in tops.items():
                    looks.remember(tx, owner, nouns, top)
        return listed

    def _after(self, reference: str | None) -> tuple[int | None, int] | None:
        if reference is None:
            return None
        with self._vault.reading() as connection:
            row = self._named(connection, reference, ())
        return row.date, row.pk

    def _page(self, connection: DbConnection, asked: Wanted, found: Filter) -> Listing[RecordRow]:
        if asked.clinician is not None:
            rows, is_whole = self._with_clinician(connection, asked.clinician, found)
            return Listing(self.described(connection, rows), len(rows), is_floor=not is_whole)
        words, plain = (found.words, replace(found, words="")) if found.limit is not None else ("", found)
        page = search.listed(connection, words, plain)
        return Listing(self.described(connection, page.rows), page.total, is_floor=not page.is_whole)

    def _with_clinician(self, connection: DbConnection, name: str, found: Filter) -> tuple[Rows, bool]:
        """Look into records, newest first, for who is named in them, until a page is full."""
        words = tuple(name.casefold().split())
        people = Filter(connections=found.connections, types=clinicians.TYPES)
        rows = reading.rows(connection, people)
        known = frozenset(f"{row.type}/{row.id}" for row in rows if all(word in row.title.casefold() for word in words))
        page: list[int] = []
        for keys in paging.walk(connection, replace(found, limit=None)):
            bodies = reading.bodies(self._vault, connection, [pk for _, pk in keys])
            page += [pk for _, pk in keys if clinicians.has(decode(bodies[pk]), words, known)]
            if found.limit is not None and len(page) > found.limit:
                return reading.rows_of(connection, page[: found.limit]), False
        return reading.rows_of(connection, page), True

    def counts(self) -> dict[str, int]:
        """How many records of each kind there are."""
        with self._vault.reading() as connection:
            return reading.counts_by_kind(connection, self.scope.ids(connection))

    def show(self, reference: str) -> RecordDetail:
        """One record by its id or `Type/id`; noted in the audit trail. Raises NotFound."""
        # Deferred: a list shows no record in full.
        from store.records import details  # noqa: PLC0415
        from store.services import visits  # noqa: PLC0415

        row, body = self.open(reference)
        with self._vault.reading() as connection:
            (described,) = self.described(connection, [row])
            names = Names(connection, row.connection)
            resource = decode(body)
            found = details.read(resource, names)
            if row.type == "Encounter" and (section := visits.happened(self._vault, connection, row, resource)).facts:
                found = replace(found, sections=(section, *found.sections))
        return RecordDetail(described, found, body)

    def search(self, text: str, limit: int | None = None, *, by_relevance: bool = False) -> Hits:
        """Records that answer a question: words (or how they begin), "phrases" and fields; newest first.

        With `by_relevance` those that are most about it come first. Noted in the audit trail by the count alone. Raises
        InvalidInput when there is nothing in it to look for.
        """
        found = self._searches.find(text, limit, by_relevance=by_relevance)
        self._vault.note(Entry("search", f"{found.total} found"))
        return found

    @cached_property
    def _searches(self) -> Searches:
        from store.services.searches import Searches  # noqa: PLC0415 - a list searches for no words

        return Searches(self, self._vault)

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
        """A record and its bytes by id or `Type/id`, not noted anywhere; of any type, or among `types` alone.

        Raises NotFound, Ambiguous when several portals or patients have one, and WrongState for one that waits here.
        """
        with self._vault.reading() as connection:
            row = self._named(connection, reference, types)
            return row, reading.bodies(self._vault, connection, [row.pk])[row.pk]

    def _named(self, connection: DbConnection, reference: str, types: tuple[str, ...]) -> Row:
        type_name, _, record_id = reference.rpartition("/")
        if type_name and types and type_name not in types:
            raise _none_of(types, reference)
        among = (type_name,) if type_name else types
        meant = self.scope.ids(connection)
        found = reading.rows(connection, Filter(connections=meant, types=among, record_id=record_id))
        if not found and record_id in {item.id for item in outbox.items(connection, meant)}:
            raise WrongState("not at the portal yet", "be used as a record")
        if not found:
            raise _none_of(types, reference)
        sources = self.sources()
        check_one("record", reference, (sources[row.connection] for row in found))
        return found[0]

    def sources(self) -> dict[int, Source]:
        """Where the records of each connection that is meant are from."""
        with self._vault.reading() as connection:
            return {owner.id: source_of(owner) for owner in self.scope.owners(connection)}

    def ids(self) -> tuple[int, ...]:
        """The numbers of the connections that are meant."""
        with self._vault.reading() as connection:
            return self.scope.ids(connection)

    def described(self, connection: DbConnection, found: Sequence[Row]) -> tuple[RecordRow, ...]:
        """Rows of the vault as values for a face."""
        return tuple(starmap(RecordRow, self.values_of(connection, found)))

    def values_of(self, connection: DbConnection, found: Sequence[Row]) -> Iterator[RecordValues]:
        """The values of a `RecordRow`, for each row of the vault."""
        sources = {owner.id: source_of(owner) for owner in self.scope.owners(connection)}
        return record_values(found, absences.of(connection, [row.pk for row in found]), sources)

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
        with self._vault.reading() as connection:
            nouns = every_noun(connection)
        known = nouns | _KNOWN
        found = []
        for word in typed:
            plain, singular, other = catalog.spellings(word)
            options = [plain, singular, _OF_TYPES.get(plain, ""), other]
            match = next((option for option in options if option in known), None)
            if match is None:
                raise InvalidInput(f"there are no records of the kind `{word}`; there are: {', '.join(sorted(known))}")
            found.append(match)
        if "observation" in found:
            found += ["lab", "vital"]
        return tuple(found)


def _none_of(types: tuple[str, ...], reference: str) -> NotFound:
    return NotFound(_NOUNS.get("".join(types), "record"), reference)
