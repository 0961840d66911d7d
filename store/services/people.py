"""People whose records the vault holds: oneself, and those whom one cares for; and who of them is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import Ambiguous, NotFound
from store.light import dataclass
from store.records.patients import is_named
from store.records.text import EMPTY, Safe, one_line
from store.remote import scopes
from store.services import persons, rights
from store.services.portals import is_signed_in
from store.services.scope import source_of, title
from store.vault import reading
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.records.dates import FhirDate
    from store.services.scope import Scope
    from store.vault.engine import DbConnection
    from store.vault.reading import ConnectionRow, Owner
    from store.vault.vault import Vault

_SELF = "self"


@dataclass(frozen=True)
class PersonRow:
    """One sign-in: whose chart, by what right, and at which portal.

    `relationship` is what who signs in is to the patient, `self` for oneself; `acts_as` their name, or the reference
    that stands for them. `rights` are words. `ends` is the last day of the right, `is_over` when that has passed.
    """

    patient: Safe
    id: Safe
    portal: Safe
    relationship: Safe
    acts_as: Safe
    rights: tuple[Safe, ...]
    ends: FhirDate | None
    is_over: bool
    is_signed_in: bool
    is_shown: bool


@dataclass(frozen=True)
class Shown:
    """Whose records are shown, of a vault that may hold those of several people.

    `names` are the patients', each once; `acts_as` is what one is to the only one of them (`mother`), empty where that
    is oneself; `is_everybody` when nobody in particular is shown, `is_several` when the vault has more than one.
    """

    names: tuple[Safe, ...]
    acts_as: Safe
    is_everybody: bool
    is_several: bool

    @property
    def words(self) -> str:
        """It in a few words: `Ben Doe (you are: mother)`."""
        return f"{', '.join(self.names)}{f' (you are: {self.acts_as})' if self.acts_as else ''}"


NOBODY = Shown((), EMPTY, is_everybody=True, is_several=False)


class People:
    """The people of one vault."""

    def __init__(self, vault: Vault, scope: Scope) -> None:
        self._vault = vault
        self._scope = scope

    def list(self) -> tuple[PersonRow, ...]:
        """Every sign-in there is, oldest first, whoever is meant."""
        with self._vault.reading() as connection:
            rows = reading.connections(connection)
            shown = persons.shown_to(connection, reading.owners(connection))
        return tuple(self._row(row, is_shown=not shown or row.id in shown) for row in rows)

    def shown(self) -> Shown:
        """Who is shown by this run."""
        with self._vault.reading() as connection:
            known = reading.owners(connection)
            meant = self._scope.owners(connection)
            keys = persons.keys(connection, known)
        everybody = len(set(keys.values()))
        who = {keys[owner.id]: source_of(owner).patient for owner in reversed(meant)}
        alone = len(who) == 1
        return Shown(
            names=tuple(dict.fromkeys(source_of(owner).patient for owner in meant)),
            acts_as=self._relationship([owner.id for owner in meant]) if alone and everybody > 1 else EMPTY,
            is_everybody=len(who) == everybody,
            is_several=everybody > 1,
        )

    def of(self, portal: str) -> PersonRow:
        """The person of a connection, by its saved name, which there is."""
        return next(row for row in self.list() if row.portal == portal)

    def switch(self, named: str | None) -> Shown:
        """Show the records of one person from now on: by the name or a part of it, the id, or the name of a connection.

        With None everybody's are shown. Raises NotFound, Ambiguous.
        """
        with self._vault.transaction() as tx:
            known = reading.owners(tx.connection)
            found = self._named(tx.connection, known, named) if named is not None else None
            persons.show(tx, found.id if found else None)
            tx.audit(Entry("switch", "to a patient" if found else "to everybody", _subject(found)))
        return self.shown()

    def _named(self, connection: DbConnection, known: Sequence[Owner], named: str) -> Owner:
        wanted = named.removeprefix("Patient/")
        exact = [one for one in known if wanted in {one.patient, one.name} or one.patient_name == named]
        found = exact or [one for one in known if is_named(one.patient_name, named)]
        if not found and named.casefold() in {"me", "myself", _SELF}:
            own = {row.id for row in reading.connections(connection) if not rights.is_for_another(row)}
            found = [one for one in known if one.id in own]
        if not found:
            raise NotFound("person", one_line(named), tuple(dict.fromkeys(source_of(one).patient for one in known)))
        keys = persons.keys(connection, known)
        if len({keys[one.id] for one in found}) > 1:
            raise Ambiguous("person", one_line(named), tuple(_titles(found)))
        return found[0]

    def _relationship(self, connections: Iterable[int]) -> Safe:
        """What one is to the patient of these connections; nothing where it is oneself, or differs."""
        with self._vault.reading() as connection:
            rows = [row for row in reading.connections(connection) if row.id in set(connections)]
        found = {row.relationship for row in map(self._row, rows)}
        return found.pop() if len(found) == 1 and _SELF not in found else EMPTY

    def _row(self, row: ConnectionRow, *, is_shown: bool = True) -> PersonRow:
        right = rights.of(self._vault, row)
        acting = right.acting
        return PersonRow(
            patient=source_of(row).patient,
            id=one_line(row.patient),
            portal=source_of(row).portal,
            relationship=Safe(_SELF) if right.is_own else acting.relationship or Safe("not told"),
            acts_as=source_of(row).patient if right.is_own else acting.name or one_line(row.fhir_user),
            rights=tuple(map(one_line, scopes.in_words(row.scope))),
            ends=acting.ends,
            is_over=acting.is_over(),
            is_signed_in=is_signed_in(row),
            is_shown=is_shown,
        )


def _subject(owner: Owner | None) -> str:
    return f"Patient/{owner.patient}" if owner else ""


def _titles(found: Iterable[Owner]) -> Iterable[str]:
    return (f"{title(source_of(one))} `{one_line(one.patient)}`" for one in found)
