"""FHIR R4 Bundle of type `collection`: every record as it was served, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import msgspec

from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet

_ADDRESSES = ("https://", "http://")


class BundleWriter:
    """Writes one Bundle (FHIR R4 §2.36)."""

    def __init__(self, stream: BinaryIO, _sheet: Sheet) -> None:
        self._stream = stream
        self._between = b""
        stream.write(b'{"resourceType":"Bundle","type":"collection","entry":[')

    def add(self, record: Exported) -> bool:
        """Write an entry: the address of a record at its portal, and its own bytes."""
        self._stream.write(b'%b\n{%b"resource":%b}' % (self._between, _full_url(record), record.body))
        self._between = b","
        return True

    def end(self) -> None:
        """Close the Bundle."""
        self._stream.write(b"\n]}\n")


def _full_url(record: Exported) -> bytes:
    """The address as a member of the entry; nothing for a record that came out of a file and has none."""
    base = record.origin.base_url
    if not record.id or not base.startswith(_ADDRESSES):
        return b""
    return b'"fullUrl":%b,' % msgspec.json.encode(f"{base.rstrip('/')}/{record.type}/{record.id}")


FORMAT = Format(
    "bundle", ".json", BundleWriter, "a FHIR R4 Bundle, each record byte for byte; `portal import` reads it",
    is_one=True, is_json=True,
)  # fmt: skip
