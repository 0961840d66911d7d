"""Apache Parquet with typed columns, for DuckDB, pandas or Spark; a folder has one file a kind."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from store.errors import ExtraMissing
from store.export import columns
from store.export.columns import Type
from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet

_MOST_ROWS, _MOST_BYTES = 2_000, 4 << 20  # of one group of rows, which is what is held in memory


class ParquetWriter:
    """Writes groups of rows, each as large as memory is to bear."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        try:
            # Deferred: it is large, and an extra.
            import pyarrow as pa  # noqa: PLC0415
            import pyarrow.parquet as pq  # noqa: PLC0415
        except ImportError as error:
            raise ExtraMissing("the format parquet", "parquet") from error
        pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own one keeps what it once had
        self._columns = columns.view(sheet.only)
        types = {
            Type.TEXT: pa.string(), Type.NUMBER: pa.float64(), Type.MOMENT: pa.timestamp("s", tz="UTC"),
            Type.TRUTH: pa.bool_(),
        }  # fmt: skip
        self._schema = pa.schema([*((each.name, types[each.type]) for each in self._columns), ("fhir", pa.string())])
        self._batch = pa.RecordBatch.from_pylist
        told = [
            column.name for column in self._columns
        ]  # least and most of a whole record would be as large as records
        self._file = pq.ParquetWriter(stream, self._schema, compression="zstd", write_statistics=told)
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0

    def add(self, record: Exported) -> bool:
        """Add a row, with the record as it was served in its last column."""
        row = {column.name: _value(column, record) for column in self._columns}
        row["fhir"] = record.body.decode("utf-8", "replace")
        self._rows.append(row)
        self._bytes += len(record.body)
        if len(self._rows) >= _MOST_ROWS or self._bytes >= _MOST_BYTES:
            self._flush()
        return True

    def end(self) -> None:
        """Write what is left, and the table of contents."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            self._file.write_batch(self._batch(self._rows, schema=self._schema))
            self._rows, self._bytes = [], 0


def _value(column: columns.Column, record: Exported) -> object:
    value = column.read(record)
    if isinstance(value, Decimal):
        return float(value)
    if column.type is Type.MOMENT and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value if value != "" else None


def described(kind: str) -> dict[str, tuple[str, str]]:
    """The columns of a file by name, as for CSV, and the whole record."""
    return {**columns.described(kind), "fhir": (Type.TEXT.value, "the record as it was served")}


FORMAT = Format(
    "parquet", ".parquet", ParquetWriter, "typed columns for DuckDB, pandas or Spark, one file a kind",
    extra="parquet", is_text=False, columns=described,
)  # fmt: skip
