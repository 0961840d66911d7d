"""Who is the same person at several portals: told by name and date of birth, and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from store.errors import VaultError
from store.records import patients
from store.records.lossless import decode
from store.records.ranges import NOBODY, Person
from store.records.text import EMPTY, Safe
from store.services.scope import check_one, source_of
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.patients import Patient
    from store.services.records import Records
    from store.vault.engine import DbConnection
    from store.vault.reading import Owner
    from store.vault.vault import Vault

Somebody: TypeAlias = tuple[str, str, str]  # first and last name, and date of birth, or what else tells one


class People:
    """The patients of the connections that are meant."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    def person(self, connection: DbConnection, number: int) -> Person:
        """Age and sex of the patient of a connection, as far as the portal tells them."""
        found = self._patient(connection, self._owner(connection, number))
        if found is None:
            return NOBODY
        return Person(found.born.epoch if found.born else None, found.gender)

    def groups(self, connection: DbConnection, numbers: tuple[int, ...]) -> dict[int, Somebody]:
        """For each of these connections whose its records are: the same value for the same person."""
        every = [self._owner(connection, number) for number in numbers]
        if len(every) == 1:
            return {every[0].id: (every[0].base_url, every[0].patient, "")}
        return {owner.id: self._somebody(connection, owner) for owner in every}

    def check_one(self, connection: DbConnection, numbers: set[int], typed: str) -> Safe:
        """Make sure that these connections are of one person, and give the name. Raises Ambiguous."""
        every = [self._owner(connection, number) for number in sorted(numbers)]
        groups = self.groups(connection, tuple(sorted(numbers)))
        firsts = {groups[owner.id]: source_of(owner) for owner in reversed(every)}
        check_one("result", typed, firsts.values())
        return source_of(every[0]).patient if every else EMPTY

    def _somebody(self, connection: DbConnection, owner: Owner) -> Somebody:
        found = self._patient(connection, owner)
        words = owner.patient_name.casefold().split()
        if not words or found is None or found.born is None:
            return owner.base_url, owner.patient, ""  # without a date of birth nobody is taken for somebody else
        return words[0], words[-1], found.born.text

    def _patient(self, connection: DbConnection, owner: Owner) -> Patient | None:
        wanted = Filter(connections=(owner.id,), types=("Patient",), record_id=owner.patient)
        row = next(reading.records(self._vault, connection, wanted), None)
        return patients.read(decode(row[1])) if row else None

    def _owner(self, connection: DbConnection, number: int) -> Owner:
        found = next((owner for owner in self._records.scope.owners(connection) if owner.id == number), None)
        if found is None:
            raise VaultError("a record of a portal that is not meant was asked for")
        return found
