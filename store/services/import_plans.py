"""What an import would do, and what one has done: values for faces."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from store.records.text import Safe, one_line

if TYPE_CHECKING:
    from store.errors import NotImportable
    from store.records.belonging import Belonging, Person
    from store.records.dates import FhirDate
    from store.services.import_files import Source


class Standing(StrEnum):
    """Why the records of a person may be imported, or what is missing for that."""

    SAME = "shown"  # the vault has records of the same person
    FIRST = "first"  # the vault has nobody's records yet
    NAMED = "named"  # it was said that they are meant
    KNOWN = "imported"  # the very same was imported before
    OTHER = "other"  # somebody else, for all that can be told: it has to be confirmed


@dataclass(frozen=True)
class PersonPlan:
    """One person in a file: who they are, how many records are theirs, and whether they may be imported.

    With `is_new` the vault has nobody's records yet who is the same person.
    """

    id: Safe
    name: Safe
    born: Safe
    records: int
    standing: Standing
    is_new: bool

    @property
    def title(self) -> Safe:
        """The person in words."""
        who = self.name or Safe(f"the patient with the id {self.id}")
        return Safe(f"{who}, born {self.born}" if self.born else who)


@dataclass(frozen=True)
class SourcePlan:
    """One source: its name, form and digest, its people, and its records by type; `nobodys` are left out."""

    name: Safe
    form: Safe
    digest: Safe
    people: tuple[PersonPlan, ...]
    types: dict[str, int]
    nobodys: int


@dataclass(frozen=True)
class Work:
    """A source with what was found in it, for the import itself."""

    source: Source
    belonging: Belonging
    chosen: dict[str, Person]


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do; what cannot be imported is in `refused`."""

    sources: tuple[SourcePlan, ...]
    refused: tuple[NotImportable, ...]
    passed_by: int
    work: tuple[Work, ...] = field(default=(), repr=False)

    @property
    def to_confirm(self) -> tuple[PersonPlan, ...]:
        """The people who are not known to be meant, each once."""
        others = {(person.name, person.born, person.id if not person.name else ""): person for person in self._others()}
        return tuple(others.values())

    def _others(self) -> list[PersonPlan]:
        return [person for source in self.sources for person in source.people if person.standing is Standing.OTHER]


@dataclass(frozen=True)
class Imported:
    """What came of one source for one person: how many records it has of them, and how many were new."""

    source: Safe
    form: Safe
    patient: Safe
    records: int
    new: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `failures` are what it could not use, one sentence each."""

    sources: tuple[Imported, ...]
    failures: tuple[Safe, ...]

    @property
    def new(self) -> int:
        """How many records were new."""
        return sum(source.new for source in self.sources)


@dataclass(frozen=True)
class ImportRow:
    """One source in the vault: its name, whose records came out of it, how many, when, and the digest of the file."""

    name: Safe
    patient: Safe
    records: int
    imported: FhirDate | None
    digest: Safe


def failure(source: Source, why: str) -> Safe:
    """A sentence about something in a source that cannot be used."""
    return Safe(one_line(f"{source.name}: {why}")[:300])
