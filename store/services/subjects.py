"""Whom results are of: age and sex for their ranges, and who is the same person at several portals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import VaultError
from store.records import patients
from store.records.lossless import decode
from store.records.ranges import NOBODY, Person
from store.records.text import EMPTY, Safe
from store.services import persons
from store.services.scope import check_one, source_of
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.patients import Patient
    from store.services.persons import PersonKey
    from store.services.records import Records
    from store.vault.engine import DbConnection
    from store.vault.reading import Owner
    from store.vault.vault import Vault


class Subjects:
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

    def groups(self, connection: DbConnection, numbers: tuple[int, ...]) -> dict[int, PersonKey]:
        """For each of these connections whose its records are: the same value for the same person."""
        known = persons.keys(connection, self._records.scope.owners(connection))
        return {number: known[number] for number in numbers}

    def check_one(self, connection: DbConnection, numbers: set[int], typed: str) -> Safe:
        """Make sure that these connections are of one person, and give the name. Raises Ambiguous."""
        every = [self._owner(connection, number) for number in sorted(numbers)]
        groups = self.groups(connection, tuple(sorted(numbers)))
        firsts = {groups[owner.id]: source_of(owner) for owner in reversed(every)}
        check_one("result", typed, firsts.values())
        return source_of(every[0]).patient if every else EMPTY

    def _patient(self, connection: DbConnection, owner: Owner) -> Patient | None:
        wanted = Filter(connections=(owner.id,), types=("Patient",), record_id=owner.patient)
        row = next(reading.records(self._vault, connection, wanted), None)
        return patients.read(decode(row[1])) if row else None

    def _owner(self, connection: DbConnection, number: int) -> Owner:
        found = next((owner for owner in self._records.scope.owners(connection) if owner.id == number), None)
        if found is None:
            raise VaultError("a record of a portal that is not meant was asked for")
        return found
