"""JSON: one array of rows, each with the columns of its kind and, as `fhir`, the record as it was served."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from store.export import columns
from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet

_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode  # safe texts are of a class of their own


class JsonWriter:
    """Writes one array, one row a line."""

    def __init__(self, stream: BinaryIO, _sheet: Sheet) -> None:
        self._stream = stream
        self._between = b""
        stream.write(b"[")

    def add(self, record: Exported) -> bool:
        """Write a row: numbers and truths are such, and what is not known is null."""
        row: dict[str, object] = {column.name: _value(column.read(record)) for column in columns.view(record.kind)}
        row["fhir"] = msgspec.Raw(record.body)
        self._stream.write(b"%b\n%b" % (self._between, _encode(row)))
        self._between = b","
        return True

    def end(self) -> None:
        """Close the array."""
        self._stream.write(b"\n]\n")


def _value(value: columns.Value) -> object:
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return value if value != "" else None


FORMAT = Format(
    "json", ".rows.json", JsonWriter, "one array for scripts: columns of each kind, and the record as it was served",
    is_one=True, is_json=True,
)  # fmt: skip
