"""Taking records out of the vault, to a stream, a file or a folder."""

from __future__ import annotations

import io
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, cast

from store.errors import InvalidInput
from store.export import FORMATS
from store.export.format import Format, Sheet
from store.services import export_manifests, export_reading
from store.services.export_files import OneFile, check_free, put_in_place, sealed
from store.services.export_orders import ExportSummary, Order
from store.services.export_reading import Choosing, Chosen
from store.services.harmless import Harmless
from store.services.wanted import Wanted
from store.vault import files, outgoing, reading
from store.vault.audit import Entry
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.export.format import Exported
    from store.services.records import Records
    from store.vault.engine import DbConnection
    from store.vault.vault import Vault

__all__ = ["ExportSummary", "Exports", "Order"]
_RECORDS = "records"
_SEALED = ".age"


class Exports:
    """Exports of the whole vault or of some records; each is noted in the audit trail."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records
        self._choosing = Choosing(vault, records)

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats there are."""
        return tuple(FORMATS.values())

    def to_stream(self, order: Order, stream: BinaryIO, *, for_terminal: bool = False) -> ExportSummary:
        """Write one document to an open stream.

        With `for_terminal` nothing in it can steer the terminal: JSON escapes such characters, other text shows them
        as signs. Raises InvalidInput for an order that cannot be understood, or not be written to a stream.
        """
        nouns, form = self._understood(order), order.form
        if order.series:
            raise InvalidInput("`--since-last` needs a file or a folder: only of those it is known that they are kept")
        if for_terminal and (order.seal or not form.is_text):
            raise InvalidInput("what would be written is no text: name a file with `--output`")
        self._note(order, nouns)
        shown = Harmless(stream, is_json=form.is_json) if for_terminal else None
        outer = cast("BinaryIO", shown) if shown else stream
        seal = sealed(outer, order.seal) if order.seal else None
        with self._reading(order, nouns) as (connection, chosen, now):
            writer = form.begin(seal.stream if seal else outer, export_reading.sheet(chosen, order, chosen.only, now))
            every = placed = 0
            with closing(self._choosing.read(connection, chosen, order)) as records:
                for record in records:
                    placed += writer.add(record)
                    every += 1
            writer.end()
        if seal:
            seal.finish()
        if shown:
            shown.finish()
        return ExportSummary(form.name, placed, without_place=every - placed)

    def to_path(self, order: Order, path: Path, *, as_folder: bool = False, replace: bool = False) -> ExportSummary:
        """Write a file, or a folder with one file a type or kind, and a manifest; only their owner may read them.

        Each file is written beside its place and moved there whole, when all of them are. A series is only taken to be
        further after that. Raises FileInTheWay when a file is there and `replace` is False, StorageFailed when the disk
        refuses, ExtraMissing.
        """
        nouns = self._understood(order)
        with files.refusals(path):
            with self._reading(order, nouns) as (connection, chosen, now):
                target = _Target(path, order, chosen, now, as_folder=as_folder)
                check_free(self._expected(connection, target, chosen, order), replace=replace)
            files.make_private_folder(path if as_folder else path.parent, exist_ok=True)
            self._note(order, nouns)
            with self._reading(order, nouns) as (connection, chosen, now):
                target = _Target(path, order, chosen, now, as_folder=as_folder)
                try:
                    every = self._fill(connection, target, chosen, order)
                    told = target.finish(replace=replace)
                finally:
                    target.drop()
        if order.series and chosen.after:
            with self._vault.transaction() as tx:
                outgoing.advance(tx, order.series, chosen.after)
        placed = sum(part.records for part in told.parts)
        return _whole(told, placed, 0 if order.form.standing else every - placed)

    def _fill(self, connection: DbConnection, target: _Target, chosen: Chosen, order: Order) -> int:
        """Write every record; returns how many there were, with those that the format has no place for."""
        add = target.begin()
        count = 0
        with closing(self._choosing.read(connection, chosen, order)) as records:
            for count, record in enumerate(records, start=1):  # noqa: B007 - how many there were is told by the last
                add(record)
        return count

    def _understood(self, order: Order) -> tuple[str, ...]:
        """The kinds that an order means. Raises InvalidInput, and ExtraMissing before anything is touched."""
        form = order.form
        if form.standing and order.wanted != Wanted():
            raise InvalidInput(f"the format {form.name} decides itself what is in it: leave out kinds and filters")
        nouns = self._records.kinds(order.wanted.kinds)
        if form.takes:
            if nouns and not set(nouns) <= set(form.takes):
                raise InvalidInput(f"the format {form.name} has a place for {' and '.join(form.takes)} records only")
            nouns = form.takes
        if order.series is not None and not order.series.strip():
            raise InvalidInput("`--since-last` needs a name")
        if form.extra:
            form.begin(io.BytesIO(), Sheet())
        return nouns

    @contextmanager
    def _reading(self, order: Order, nouns: tuple[str, ...]) -> Iterator[tuple[DbConnection, Chosen, float]]:
        now = time.time()
        with self._vault.reading() as connection:
            yield connection, self._choosing.choose(connection, order, nouns, now), now

    def _expected(self, connection: DbConnection, target: _Target, chosen: Chosen, order: Order) -> list[Path]:
        """The files that there will be, as far as that is known before they are written."""
        if not target.divides:
            return [target.file(""), target.manifest]
        is_narrow = chosen.found != Filter(connections=chosen.found.connections, kinds=chosen.found.kinds)
        if is_narrow:
            return [target.manifest]
        if order.form.divides_by_type:
            names = reading.types(connection, chosen.found)
        else:
            counts = reading.counts_by_kind(connection, chosen.found.connections)
            names = [noun for noun in counts if not chosen.nouns or noun in chosen.nouns]
        return [*map(target.file, names), target.manifest]

    def _note(self, order: Order, nouns: tuple[str, ...]) -> None:
        wanted = replace(order.wanted, kinds=())
        more = ", narrowed" if wanted != Wanted() else ""
        more += f", without {', '.join(order.redacted)}" if order.redacted else ""
        more += ", encrypted" if order.seal else ""
        self._vault.note(Entry("export", f"{order.format}: {', '.join(nouns) or 'everything'}{more}"))


class _Target:
    """The files of one export, begun as records come for them."""

    def __init__(self, path: Path, order: Order, chosen: Chosen, now: float, *, as_folder: bool) -> None:
        self._path, self._order, self._chosen, self._now = path, order, chosen, now
        self._as_folder = as_folder
        self.divides = as_folder and not order.form.is_one
        self._files: dict[str, OneFile] = {}
        self._extra: list[OneFile] = []
        self.manifest = export_manifests.path(path, as_folder=as_folder, is_sealed=order.seal is not None)

    def begin(self) -> Callable[[Exported], object]:
        """What takes records; the one file of what is not divided is there even if nothing comes for it."""
        return self._add if self.divides else self._begin("").add

    def file(self, name: str) -> Path:
        """Where the file of a type or kind is to be."""
        if not self._as_folder:
            return self._path
        ending = f"{self._order.form.ending}{_SEALED if self._order.seal else ''}"
        return self._path / f"{_file_name(name) if name else _RECORDS}{ending}"

    def _add(self, record: Exported) -> None:
        """Write a record into the file that it belongs into."""
        name = record.type if self._order.form.divides_by_type else record.kind
        (self._files.get(name) or self._begin(name)).add(record)

    def finish(self, *, replace: bool) -> ExportSummary:
        """Put the files in their places, and the manifest last."""
        every = list(self._files.values())
        for file in every:
            file.finish()
        summary = ExportSummary(
            self._order.format, 0, tuple(file.told() for file in every), self.manifest, self._chosen.deleted
        )
        last = OneFile(self.manifest, "", self._order.seal)
        self._extra.append(last)
        last.stream.write(export_manifests.content(summary, self._order, self._chosen, self._now))
        last.finish()
        put_in_place([*every, last], replace=replace)
        return summary

    def drop(self) -> None:
        """Leave nothing beside the places of what was not finished."""
        for file in (*self._files.values(), *self._extra):
            file.drop()

    def _begin(self, name: str) -> OneFile:
        only = name or self._chosen.only
        made = self._files[name] = OneFile(self.file(name), only, self._order.seal)
        sheet = export_reading.sheet(self._chosen, self._order, only, self._now)
        made.begin(lambda stream: self._order.form.begin(stream, sheet))
        return made


def _whole(told: ExportSummary, records: int, without_place: int) -> ExportSummary:
    return replace(told, records=records, without_place=without_place)


def _file_name(name: str) -> str:
    """A type or kind as a file name; both come from a pattern of letters, so nothing else can be in it."""
    return "".join(letter for letter in name if letter.isalnum()) or "record"
