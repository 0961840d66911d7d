"""CSV (RFC 4180) with one row a record: the same columns for every kind; a folder has one file a kind."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, BinaryIO

from store.export.format import Exported, Format
from store.records import catalog, elements, medications, ranges

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = (
    "resource_type", "id", "kind", "date", "title", "status", "code_system", "code", "display", "value", "unit",
    "ref_range", "flag", "performer", "directions", "last_updated",
)  # fmt: skip
_FORMULA = re.compile(r"^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z")


def write(records: Iterable[Exported], stream: BinaryIO) -> int:
    """Write a header line and one row a record, in UTF-8; returns how many rows."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        table = csv.writer(text, lineterminator="\r\n")
        table.writerow(COLUMNS)
        count = 0
        for record in records:
            table.writerow([cell(value) for value in _row(record)])
            count += 1
        return count
    finally:
        text.detach()


def cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula; a number stays one."""
    if _NUMBER.match(value):
        return value
    return f"'{value}" if _FORMULA.match(value) else value


def _row(record: Exported) -> list[str]:
    resource = record.resource
    shown = catalog.read_envelope(resource)
    coding = next(elements.codings(resource.get("code") or resource.get("medicationCodeableConcept")), {})
    is_result = record.type == "Observation"
    dosages = resource.get("dosageInstruction") or resource.get("dosage")
    return [
        elements.text(record.type),
        elements.text(resource.get("id")),
        elements.text(record.kind),
        shown.date.text if shown.date else "",
        shown.title,
        shown.status,
        elements.text(coding.get("system")),
        elements.text(coding.get("code")) or shown.code,
        elements.text(coding.get("display")),
        shown.value,
        shown.unit,
        ranges.in_words(ranges.read(resource), shown.unit) if is_result else "",
        shown.flag,
        elements.reference_words(resource.get("performer") or resource.get("requester")),
        medications.directions(dosages) if record.type.startswith("Medication") else "",
        elements.text(elements.first(resource.get("meta")).get("lastUpdated")),
    ]


FORMAT = Format("csv", ".csv", write)
