"""Values as CSV (RFC 4180): one row each, a column for each field, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from portal_cli import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal_cli.json_text import Json

_FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z")


def encode(rows: Iterable[object], columns: tuple[str, ...]) -> str:
    """Write rows under a line of column names."""
    held = io.StringIO(newline="")
    table = csv.writer(held)
    table.writerow(columns)
    for row in rows:
        fields = json_text.plain(row)
        table.writerow([cell(fields.get(name)) for name in columns])
    return held.getvalue()


def cell(value: Json) -> str:
    """One field as a cell: a list as its parts with semicolons between, what has parts of its own as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    return _harmless(_in_one(value))


def _in_one(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "; ".join(value)
    return json_text.encode(value) if value else ""


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
