"""What an export is asked to be, and what came of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.errors import InvalidInput
from store.export import FORMATS
from store.export.redaction import Part
from store.records.text import Safe, sanitize
from store.services.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from store.export.format import Format


@dataclass(frozen=True)
class Seal:
    """For whom an export is encrypted: the public keys of recipients, else who knows a passphrase."""

    recipients: tuple[bytes, ...] = ()
    passphrase: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Order:
    """An export: its format, which records, what is left out of them, for whom it is encrypted, and its series.

    A `series` has a name, and each of its exports has what is new since the one before. `with_details` says also what
    is kept back otherwise, such as what an appointment is about.
    """

    format: str = "bundle"
    wanted: Wanted = field(default_factory=Wanted)
    redacted: tuple[Part, ...] = ()
    seal: Seal | None = None
    series: str | None = None
    with_details: bool = False

    @property
    def form(self) -> Format:
        """The format. Raises InvalidInput for one that does not exist."""
        if self.format not in FORMATS:
            known = ", ".join(FORMATS)
            raise InvalidInput(f"there is no export format `{sanitize(self.format)}`; there are: {known}")
        return FORMATS[self.format]


@dataclass(frozen=True)
class FilePart:
    """One file that was written: what is in it (a kind or a type, where it has one alone), how much, and its hash."""

    path: Path
    only: Safe
    records: int
    size: int
    sha256: Safe


@dataclass(frozen=True)
class Deleted:
    """A record that its portal has no more since the export before: `Type/id`, from where, and when that was found."""

    record: Safe
    kind: Safe
    source: Safe
    at: int


@dataclass(frozen=True)
class ExportSummary:
    """What an export wrote: its files (none for a stream), how many records, and those that are gone (of a series).

    `without_place` are records that the format has no place for, such as an appointment without a time.
    """

    format: str
    records: int
    parts: tuple[FilePart, ...] = ()
    manifest: Path | None = None
    deleted: tuple[Deleted, ...] = ()
    without_place: int = 0

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of records, without the manifest."""
        return tuple(part.path for part in self.parts)


def parts(typed: Sequence[str]) -> tuple[Part, ...]:
    """What is to be left out, as it was typed: `names,contacts`. Raises InvalidInput."""
    found = []
    for word in (word.strip() for words in typed for word in words.split(",")):
        if word not in set(Part):
            raise InvalidInput(f"`{sanitize(word)}` cannot be left out; what can: {', '.join(Part)}")
        found.append(Part(word))
    return tuple(dict.fromkeys(found))
