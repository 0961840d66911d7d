"""What an export format is: what it is given, how it writes, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO, Protocol, TypeAlias

from store.records import ranges
from store.records.elements import Json  # noqa: TC001 - FORMATS is built from these names at run time
from store.records.lossless import decode
from store.records.ranges import ReferenceRange  # noqa: TC001 - as above


@dataclass(frozen=True)
class Origin:
    """Where records are from: the portal by name and address, and the patient there by name and id."""

    portal: str = ""
    base_url: str = ""
    patient: str = ""
    patient_id: str = ""


NOWHERE = Origin()


@dataclass
class Exported:
    """One record on its way out: its FHIR type, plain noun and id, its own bytes, and where it is from.

    `title` to `unit` are what lists show of it; `date` is in seconds since 1970 UTC and `date_text` as it was written.
    """

    type: str
    kind: str
    id: str
    body: bytes
    origin: Origin = NOWHERE
    title: str = ""
    code: str = ""
    date: int | None = None
    date_text: str = ""
    status: str = ""
    flag: str = ""
    value: str = ""
    unit: str = ""

    @cached_property
    def resource(self) -> Json:
        """Its JSON, numbers with their digits; read when it is first asked for."""
        return decode(self.body)

    @cached_property
    def ranges(self) -> tuple[ReferenceRange, ...]:
        """The reference ranges of a result."""
        return ranges.read(self.resource)


@dataclass(frozen=True)
class Sheet:
    """What a file is to be: of one kind or type alone where `only` names it; when it is made, and of whom.

    `with_details` is for what is kept back unless it is asked for, such as what an appointment is about.
    """

    only: str = ""
    made: float = 0.0
    patients: tuple[str, ...] = ()
    with_details: bool = False


class Writer(Protocol):
    """Writes one file, record by record."""

    def add(self, record: Exported) -> bool:
        """Write a record; False where the format has no place for it."""

    def end(self) -> None:
        """Write what comes after the last record; the stream stays open."""


Begin: TypeAlias = Callable[[BinaryIO, Sheet], Writer]


@dataclass(frozen=True)
class Format:
    """One format: its name, the ending of its files, how a file is begun, and what it is for, in a few words.

    A folder has one file for each FHIR type when `divides_by_type`, else one for each kind, else (`is_one`) one file.
    `by_kind` are formats for reading, whose records come kind by kind, the newest first; with `newest_first` that comes
    first of all, whatever its kind. One that `is_verbatim` has the bytes of records, and nothing that lists show of
    them. With `standing` only records that are neither withdrawn nor gone from their portal have a place. An `extra`
    has to be installed for it. One that does not `streams` keeps what it writes in memory until its end. `takes` are
    the only kinds it has a place for, and `columns` tells the columns of a file and what each is read from.
    """

    name: str
    ending: str
    begin: Begin
    purpose: str
    divides_by_type: bool = False
    is_one: bool = False
    by_kind: bool = False
    standing: bool = False
    newest_first: bool = False
    is_verbatim: bool = False
    extra: str = ""
    streams: bool = True
    is_text: bool = True
    is_json: bool = False
    takes: tuple[str, ...] = ()
    columns: Callable[[str], Mapping[str, tuple[str, str]]] | None = field(default=None, repr=False)


def write(form: Format, records: Iterable[Exported], stream: BinaryIO, sheet: Sheet | None = None) -> int:
    """Write records as one document; returns how many had a place in it."""
    writer = form.begin(stream, sheet or Sheet())
    count = sum(map(writer.add, records))
    writer.end()
    return count
