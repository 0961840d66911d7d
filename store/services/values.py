"""Values that several services return."""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from store.light import dataclass
from store.records.dates import FhirDate, from_epoch, once_read
from store.records.text import EMPTY, Safe, all_sanitized
from store.vault.reading import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from store.records.source import Source

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


_TEXTS = ("id", "type", "kind", "date_text", "title", "status", "value", "unit", "flag", "code")
_texts = itemgetter(*map(Row._fields.index, _TEXTS))


def record_values(
    rows: Sequence[Row], gone: Mapping[int, int], sources: Mapping[int, Source]
) -> Iterator[RecordValues]:
    """What a face is told of rows of the vault: those that are gone with the time when they were found so."""
    texts = iter(all_sanitized([*chain.from_iterable(map(_texts, rows))]))  # of a whole page, which is mostly plain
    for row, taken in zip(rows, zip(*[texts] * len(_TEXTS), strict=True), strict=True):
        name, type_name, kind, date, title, status, value, unit, flag, code = taken
        shown, source, at = once_read(date, row.date), sources[row.connection], gone.get(row.pk)
        missed = None if at is None else from_epoch(at)
        yield (
            name, type_name, kind, shown, title, status, value, unit, flag, code, missed, source.portal, source.patient,
        )  # fmt: skip
