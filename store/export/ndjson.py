"""NDJSON: one FHIR resource a line, as in FHIR Bulk Data; a folder has one file a type."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import msgspec

from store.export.format import Exported, Format

if TYPE_CHECKING:
    from collections.abc import Iterable


def write(records: Iterable[Exported], stream: BinaryIO) -> int:
    """Write one line a record; only white space between its parts is dropped, numbers keep their digits."""
    count = 0
    for record in records:
        has_lines = b"\n" in record.body or b"\r" in record.body
        stream.write(msgspec.json.format(record.body, indent=-1) if has_lines else record.body)
        stream.write(b"\n")
        count += 1
    return count


FORMAT = Format("ndjson", ".ndjson", write, divides_by_type=True)
