"""Taking records out of the vault, to a stream, a file or a folder."""

from __future__ import annotations

import io
import os
import secrets
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from store import failpoints
from store.errors import FileInTheWay, InvalidInput
from store.export import FORMATS
from store.export.format import Exported, Format
from store.records.lossless import decode
from store.records.text import sanitize
from store.vault import files, reading
from store.vault.audit import Entry
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from store.services.records import Records
    from store.vault.vault import Vault


@dataclass(frozen=True)
class ExportSummary:
    """What an export wrote: its files (none for a stream) and how many records."""

    files: tuple[Path, ...]
    records: int


class Exports:
    """Exports of the whole vault or of some kinds of records; each is noted in the audit trail."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    @property
    def formats(self) -> tuple[str, ...]:
        """The names of the formats there are."""
        return tuple(FORMATS)

    def to_stream(
        self, format_name: str, stream: BinaryIO, kinds: tuple[str, ...] = (), *, for_terminal: bool = False
    ) -> ExportSummary:
        """Write one document to an open stream.

        With `for_terminal` nothing in it can steer the terminal: JSON escapes such characters, CSV shows them as
        signs. Raises InvalidInput for a format or kind that does not exist.
        """
        chosen, wanted = _format(format_name), self._records.kinds(kinds)
        self._note(chosen, wanted)
        if not for_terminal:
            return ExportSummary((), self._write(chosen, wanted, stream))
        held = io.BytesIO()
        count = self._write(chosen, wanted, held)
        stream.write(_harmless(held.getvalue(), is_json=chosen.name != "csv"))
        return ExportSummary((), count)

    def to_path(
        self,
        format_name: str,
        path: Path,
        kinds: tuple[str, ...] = (),
        *,
        as_folder: bool = False,
        replace: bool = False,
    ) -> ExportSummary:
        """Write a file, or a folder with one file a type (NDJSON) or kind (CSV); files are only the owner's to read.

        Each file is written beside its place and moved there whole. Raises FileInTheWay when a file is
        there and `replace` is False, StorageFailed when the disk refuses.
        """
        chosen, wanted = _format(format_name), self._records.kinds(kinds)
        with files.refusals(path):
            if not as_folder:
                plans = {path: wanted}
                files.make_private_folder(path.parent, exist_ok=True)
            else:
                files.make_private_folder(path, exist_ok=True)
                plans = self._divide(chosen, path, wanted)
            blocked = next((file for file in plans if os.path.lexists(file)), None)
            if blocked and not replace:
                raise FileInTheWay(blocked)
            self._note(chosen, wanted)
            count = sum(self._write_file(chosen, file, part) for file, part in plans.items())
        return ExportSummary(tuple(plans), count)

    def _divide(self, chosen: Format, folder: Path, kinds: tuple[str, ...]) -> dict[Path, tuple[str, ...]]:
        """The files of a folder, each with the one type (and kinds of it) or the one kind that goes into it."""
        with self._vault.reading() as connection:
            meant = self._records.scope.ids(connection)
            if chosen.divides_by_type:
                wanted = Filter(connections=meant, kinds=kinds)
                parts = {name: (name, *kinds) for name in reading.types(connection, wanted)}
            else:
                counts = reading.counts_by_kind(connection, meant)
                parts = {kind: (kind,) for kind in counts if not kinds or kind in kinds}
        return {folder / f"{_file_name(name)}{chosen.ending}": part for name, part in parts.items()}

    def _write_file(self, chosen: Format, file: Path, part: tuple[str, ...]) -> int:
        beside = files.beside(file, secrets.token_hex(4))
        try:
            descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                count = self._write(chosen, part, stream)
                stream.flush()
                os.fsync(stream.fileno())
            failpoints.reach("export.written")
            beside.replace(file)
            failpoints.reach("export.placed")
            files.sync_folder(file.parent)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        return count

    def _write(self, chosen: Format, names: tuple[str, ...], stream: BinaryIO) -> int:
        with closing(self._read(names)) as records:  # a writer that breaks off must not keep the vault's view open
            return chosen.write(records, stream)

    def _read(self, names: tuple[str, ...]) -> Generator[Exported]:
        types = tuple(name for name in names if name[:1].isupper())
        kinds = tuple(name for name in names if name not in types)
        with self._vault.reading() as connection:
            wanted = Filter(connections=self._records.scope.ids(connection), types=types, kinds=kinds)
            for row, body in reading.records(self._vault, connection, wanted):
                yield Exported(row.type, row.kind, body, decode(body))

    def _note(self, chosen: Format, kinds: tuple[str, ...]) -> None:
        self._vault.note(Entry("export", f"{chosen.name}: {', '.join(kinds) or 'everything'}"))


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise InvalidInput(f"there is no export format `{sanitize(name)}`; there are: {', '.join(FORMATS)}")
    return FORMATS[name]


def _file_name(name: str) -> str:
    """A type or kind as a file name; both come from a pattern of letters, so nothing else can be in it."""
    return "".join(letter for letter in name if letter.isalnum()) or "record"


def _harmless(document: bytes, *, is_json: bool) -> bytes:
    """A document for a terminal: what could steer it is escaped as JSON does, or shown as a sign."""
    text = document.decode("utf-8", "replace")
    if not is_json:
        return sanitize(text).encode("utf-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # white space between tokens; inside a string JSON forbids it
    steering = [letter for letter in set(text) if letter not in "\n\t" and sanitize(letter) != letter]
    return text.translate({ord(letter): _escaped(letter) for letter in steering}).encode("utf-8")


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
