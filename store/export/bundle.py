"""FHIR R4 Bundle of type `collection`: every record as it was served, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import msgspec

from store.export.format import Format

if TYPE_CHECKING:
    from store.export.format import Exported, Sheet

_ADDRESSES = ("https://", "http://")
_encode = msgspec.json.Encoder().encode


class BundleWriter:
    """Writes one Bundle (FHIR R4 §2.36)."""

    def __init__(self, stream: BinaryIO, _sheet: Sheet) -> None:
        self._write = stream.write
        self._between = b"\n"
        self._addresses: dict[tuple[str, str], bytes] = {}
        stream.write(b'{"resourceType":"Bundle","type":"collection","entry":[')

    def add(self, record: Exported) -> bool:
        """Write an entry: the address of a record at its portal, and its own bytes."""
        where = (record.origin.base_url, record.type)
        address = self._addresses.get(where)
        if address is None:
            address = self._addresses[where] = _address(*where)
        full_url = b"%b%b," % (address, _encode(record.id)[1:]) if address and record.id else b""
        self._write(b'%b{%b"resource":%b}' % (self._between, full_url, record.body))
        self._between = b",\n"
        return True

    def end(self) -> None:
        """Close the Bundle."""
        self._write(b"\n]}\n")


def _address(base: str, type_name: str) -> bytes:
    """How the address of a record begins, as a member of its entry; nothing for one that came out of a file."""
    if not base.startswith(_ADDRESSES):
        return b""
    return b'"fullUrl":%b' % _encode(f"{base.rstrip('/')}/{type_name}/")[:-1]


FORMAT = Format(
    "bundle", ".json", BundleWriter, "a FHIR R4 Bundle, each record byte for byte; `portal import` reads it",
    is_one=True, is_json=True, is_verbatim=True,
)  # fmt: skip
