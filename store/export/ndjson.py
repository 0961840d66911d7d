"""NDJSON: one FHIR resource a line, as in FHIR Bulk Data; a folder has one file a type."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import msgspec

from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet


class NdjsonWriter:
    """Writes one line a record; only white space between its parts is dropped, and numbers keep their digits."""

    def __init__(self, stream: BinaryIO, _sheet: Sheet) -> None:
        self._stream = stream

    def add(self, record: Exported) -> bool:
        """Write a line."""
        body = record.body
        has_lines = b"\n" in body or b"\r" in body
        self._stream.write(b"%b\n" % (msgspec.json.format(body, indent=-1) if has_lines else body))
        return True

    def end(self) -> None:
        """Nothing comes after the last line."""


FORMAT = Format(
    "ndjson", ".ndjson", NdjsonWriter, "one FHIR resource a line, one file a type (FHIR Bulk Data)",
    divides_by_type=True, is_json=True, is_verbatim=True,
)  # fmt: skip
