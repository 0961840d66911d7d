"""Importing files: whose records are in them is found out first, and each file stays a source of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from store import events, failpoints
from store.errors import NotFound, NotImportable
from store.records import belonging
from store.records.belonging import Belonging, Person
from store.records.dates import from_epoch
from store.records.source import imported, is_imported
from store.records.text import Safe, one_line, sanitize
from store.services import import_files, importing
from store.services.import_plans import (
    ImportPlan,
    ImportReport,
    ImportRow,
    PersonPlan,
    SourcePlan,
    Standing,
    Work,
)
from store.services.turns import one_at_a_time
from store.vault import reading
from store.vault.audit import Entry
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from store.config import Settings
    from store.events import ShouldStop
    from store.services.import_files import Source
    from store.services.import_plans import Imported
    from store.vault.engine import DbConnection
    from store.vault.reading import Owner
    from store.vault.vault import Vault


class Door(Protocol):
    """What an import needs of the client: a vault that may not be there yet."""

    @property
    def settings(self) -> Settings:
        """The settings of this machine."""

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault."""

    @property
    def vault(self) -> Vault:
        """The vault, opened."""

    def open_or_create(self) -> Vault:
        """The vault, opened; created when there is none."""


class Imports:
    """Imports of files into the vault."""

    def __init__(self, client: Door) -> None:
        self._client = client

    def plan(self, paths: Sequence[Path], patient: str | None = None, *, every: bool = False) -> ImportPlan:
        """Read files and folders and say what would be imported of whom; nothing is changed.

        `patient` names whose records are meant; with `every` all people in the files are. Raises NotImportable when
        there is nothing that can be imported, NotFound when nobody in the files has that name.
        """
        looked = import_files.look(paths)
        refused, missing = list(looked.refused), list[NotFound]()
        known, work = self._known(), list[Work]()
        for source in looked.sources:
            try:
                work.append(self._choose(source, importing.found_in(source), known, patient))
            except NotImportable as error:
                refused.append(error)
            except NotFound as error:
                missing.append(error)
        if not work:
            raise next(iter((*missing, *refused)), NotImportable(paths[0], "there is no file in it that could be"))
        people = [person for each in work for person in each.belonging.people.values()]
        is_alone = len({(person.name, person.born, person.name or person.id) for person in people}) == 1
        judge = _Judge(known, self._digests(), is_named=patient is not None or every, is_alone=is_alone)
        return ImportPlan(tuple(map(judge.source, work)), tuple(refused), looked.passed_by, tuple(work))

    def run(
        self, plan: ImportPlan, without: Iterable[PersonPlan] = (), should_stop: ShouldStop = events.never
    ) -> ImportReport:
        """Do what a plan says, but for some people. Raises VaultBusy, StorageFailed and what the vault raises."""
        left_out = {(person.id, person.name, person.born) for person in without}
        vault = self._client.open_or_create()
        done: list[Imported] = []
        failures: list[Safe] = []
        with one_at_a_time(self._client.settings.vault_dir / "import.lock", "an import"):
            for work in plan.work:
                for person in work.chosen.values():
                    if (sanitize(person.id), person.name, sanitize(person.born)) in left_out or should_stop():
                        continue
                    found = importing.take(vault, work, person)
                    done.append(found.report)
                    failures += found.failures
                    failpoints.reach("import.source")
        return ImportReport(tuple(done), tuple(dict.fromkeys(failures)))

    def list(self) -> tuple[ImportRow, ...]:
        """What was imported, oldest first."""
        if not self._client.has_vault:
            return ()
        with self._client.vault.reading() as connection:
            found = [row for row in reading.connections(connection) if is_imported(row.base_url)]
            return tuple(
                ImportRow(
                    name=one_line(row.name),
                    patient=one_line(row.patient_name or row.patient),
                    records=reading.count(connection, Filter(connections=(row.id,))),
                    imported=from_epoch(row.synced) if row.synced else None,
                    digest=one_line(row.base_url.removeprefix(imported(""))),
                )
                for row in found
            )

    def remove(self, name: str) -> int:
        """Remove what was imported from a source, of everybody in it; returns how many records. Raises NotFound."""
        from store.vault import connections  # noqa: PLC0415 - the ORM is loaded only to write

        vault = self._client.vault
        with vault.reading() as connection:
            rows = [row for row in reading.connections(connection) if is_imported(row.base_url)]
            meant = {row.base_url for row in rows if name in {row.name, row.base_url.removeprefix(imported(""))}}
            chosen = [row for row in rows if row.base_url in meant]
            if not chosen:
                raise NotFound("import", sanitize(name), tuple(one_line(row.name) for row in rows))
            number = sum(reading.count(connection, Filter(connections=(row.id,))) for row in chosen)
        with vault.transaction() as tx:
            for row in chosen:
                connections.remove(tx, row.id)
                tx.audit(Entry("remove", f"import {row.id}", f"Patient/{row.patient}"))
        return number

    def _known(self) -> tuple[Person, ...]:
        """The people whose records the vault has."""
        if not self._client.has_vault:
            return ()
        with self._client.vault.reading() as connection:
            return tuple(_person(self._client.vault, connection, owner) for owner in reading.owners(connection))

    def _digests(self) -> set[tuple[str, str]]:
        """What was imported already, and of whom."""
        if not self._client.has_vault:
            return set()
        with self._client.vault.reading() as connection:
            return {(owner.base_url, owner.patient) for owner in reading.owners(connection)}

    def _choose(self, source: Source, found: Belonging, known: Sequence[Person], wanted: str | None) -> Work:
        """Whose records of a source are meant. Raises NotFound, NotImportable where it names nobody."""
        people = found.people
        if wanted is None:
            if not people:
                raise NotImportable(
                    source.files[0].path, "it does not say whose records are in it; name one by --patient"
                )
            return Work(source, found, dict(people))
        chosen = {own: person for own, person in people.items() if _is_meant(person, wanted)}
        if chosen:
            return Work(source, found, chosen)
        unnamed = [person for person in people.values() if not person.is_known]
        said = {(person.name, person.born): person for person in known if _is_meant(person, wanted)}
        if len(said) == 1 and len(unnamed) == len(people) <= 1:  # it names nobody, so whoever has it has to say it
            (person,) = said.values()
            own = unnamed[0].id if unnamed else person.id
            meant = Person(own, person.name, person.born, person.gender)
            found.people[own] = meant
            return Work(source, found, {own: meant})
        names = tuple(dict.fromkeys(person.name or sanitize(person.id) for person in people.values()))
        raise NotFound("patient in the file", sanitize(wanted), names)


class _Judge:
    """Whether the records of a person may be imported without being asked about."""

    def __init__(
        self, known: Sequence[Person], digests: set[tuple[str, str]], *, is_named: bool, is_alone: bool
    ) -> None:
        self._known = known
        self._digests = digests
        self._is_named = is_named
        self._is_alone = is_alone

    def source(self, work: Work) -> SourcePlan:
        """What would be imported of a source."""
        counts = importing.counted(work)
        form = " and ".join(sorted({file.form.value for file in work.source.files}))
        return SourcePlan(
            name=one_line(work.source.name),
            form=Safe(form),
            digest=Safe(work.source.digest),
            people=tuple(self._person(work, person, counts.people[own]) for own, person in work.chosen.items()),
            types=dict(sorted(counts.types.items())),
            nobodys=counts.nobodys,
        )

    def _person(self, work: Work, person: Person, records: int) -> PersonPlan:
        is_new = not any(belonging.is_same(person, other) for other in self._known)
        standing = self._standing(work, person, is_new=is_new)
        return PersonPlan(sanitize(person.id), person.name, sanitize(person.born), records, standing, is_new)

    def _standing(self, work: Work, person: Person, *, is_new: bool) -> Standing:
        if (imported(work.source.digest), person.id) in self._digests:
            return Standing.KNOWN
        if self._is_named:
            return Standing.NAMED
        if not is_new:
            return Standing.SAME
        return Standing.FIRST if not self._known and self._is_alone else Standing.OTHER


def _person(vault: Vault, connection: DbConnection, owner: Owner) -> Person:
    """The person of a connection, by their own record as far as it is there."""
    wanted = Filter(types=("Patient",), connections=(owner.id,), record_id=owner.patient, limit=1)
    for _, body in reading.records(vault, connection, wanted):
        found = Belonging()
        found.look(body)
        if person := found.people.get(owner.patient):
            return person
    return Person(owner.patient, one_line(owner.patient_name))


def _is_meant(person: Person, named: str) -> bool:
    """Whether somebody goes by the id that was typed, or has a word that begins with each of those."""
    if named.removeprefix("Patient/") == person.id:
        return True
    words, typed = person.name.casefold().split(), named.casefold().split()
    return bool(typed) and all(any(word.startswith(part) for word in words) for part in typed)
