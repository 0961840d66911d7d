"""FHIR R4 Bundle of type `collection`: every record as it was served, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from store.export.format import Exported, Format

if TYPE_CHECKING:
    from collections.abc import Iterable


def write(records: Iterable[Exported], stream: BinaryIO) -> int:
    """Write one Bundle (FHIR R4 §2.36); returns how many entries it has."""
    stream.write(b'{"resourceType":"Bundle","type":"collection","entry":[')
    count = 0
    for record in records:
        stream.write(b'%b\n{"resource":' % (b"," if count else b""))
        stream.write(record.body)
        stream.write(b"}")
        count += 1
    stream.write(b"\n]}\n")
    return count


FORMAT = Format("json", ".json", write)
