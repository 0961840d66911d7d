"""Values that several services return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from store.light import dataclass
from store.records.dates import FhirDate, from_epoch, once_read
from store.records.text import EMPTY, Safe, all_sanitized

if TYPE_CHECKING:
    from store.records.source import Source
    from store.vault.reading import Row

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """Some of what there is: `items`, newest first, out of `total`; `is_floor` where there are more than that."""

    items: tuple[T, ...]
    total: int
    is_floor: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is here."""
        return self.is_floor or len(self.items) < self.total


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record in a list. `type` is its FHIR type and `kind` the plain noun it goes by.

    `gone` is when its portal was found to have it no more, or None.
    """

    id: Safe
    type: Safe
    kind: Safe
    date: FhirDate | None
    title: Safe
    status: Safe
    value: Safe
    unit: Safe
    flag: Safe
    code: Safe
    gone: FhirDate | None = None
    portal: Safe = EMPTY
    patient: Safe = EMPTY


RecordValues: TypeAlias = (
    "tuple[Safe, Safe, Safe, FhirDate | None, Safe, Safe, Safe, Safe, Safe, Safe, FhirDate | None, Safe, Safe]"
)
"""The values of a `RecordRow`, in its order."""


def record_values(row: Row, gone: int | None, source: Source) -> RecordValues:
    """What a face is told of a row of the vault."""
    texts = row.id, row.type, row.kind, row.date_text, row.title, row.status, row.value, row.unit, row.flag, row.code
    name, type_name, kind, date, title, status, value, unit, flag, code = all_sanitized(texts)
    shown, missed = once_read(date, row.date), None if gone is None else from_epoch(gone)
    return name, type_name, kind, shown, title, status, value, unit, flag, code, missed, source.portal, source.patient
