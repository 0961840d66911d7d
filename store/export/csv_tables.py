"""CSV (RFC 4180) with one row a record; a folder has one file a kind, with the columns of that kind."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, BinaryIO

from store.export import columns
from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet

_FORMULA = re.compile(r"^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z")


class _Text:
    """Text of a stream of bytes, which stays open whatever happens: Python's own would close it with itself."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text in UTF-8."""
        return self._stream.write(text.encode())


class CsvWriter:
    """Writes a header line and one row a record, in UTF-8."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        self._table = csv.writer(_Text(stream), lineterminator="\r\n")
        self._columns = columns.view(sheet.only)
        self._table.writerow([column.name for column in self._columns])

    def add(self, record: Exported) -> bool:
        """Write a row."""
        self._table.writerow([_cell(column.read(record)) for column in self._columns])
        return True

    def end(self) -> None:
        """Nothing is left to write."""


def _cell(value: columns.Value) -> str:
    return cell(value) if value and isinstance(value, str) else columns.as_text(value)


def cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula; a number stays one."""
    if _NUMBER.match(value):
        return value
    return f"'{value}" if _FORMULA.match(value) else value


FORMAT = Format(
    "csv", ".csv", CsvWriter, "a table one can open as a spreadsheet, one file a kind; no cell is a formula",
    newest_first=True, columns=columns.described,
)  # fmt: skip
