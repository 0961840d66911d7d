"""Values as JSON: field names as they are in the dataclasses, dates and numbers with their own digits."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from store.records.dates import FhirDate

Json: TypeAlias = Any

# What a terminal would obey, reorder or hide, and what UTF-8 cannot carry; JSON may name each by its number.
_STEERING = re.compile(
    "[\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


def decode(document: bytes) -> Json:
    """Read a JSON document; a decimal keeps its digits."""
    return json.loads(document, parse_float=Decimal)


def encode(value: object, indent: int | None = None) -> str:
    """Write a value as one JSON document, on one line or indented."""
    return _STEERING.sub(_escaped, _written(plain(value), indent, "\n"))


def plain(value: object) -> Json:
    """Take a value apart into objects, lists, texts, numbers, truths and None; bytes are left out."""
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, FhirDate | Enum):
        return value.text if isinstance(value, FhirDate) else value.value
    if is_dataclass(value):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: plain(inside) for name, inside in named.items() if not isinstance(inside, bytes)}
    if isinstance(value, dict):
        return {str(name): plain(inside) for name, inside in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inside) for inside in value]
    return str(value)


def _written(value: Json, indent: int | None, line: str) -> str:
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else "null"
    if isinstance(value, dict | list) and value:
        inner = line if indent is None else line + " " * indent
        if isinstance(value, dict):
            parts = [f"{_quoted(name)}: {_written(inside, indent, inner)}" for name, inside in value.items()]
        else:
            parts = [_written(inside, indent, inner) for inside in value]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if indent is None:
            return opening + ", ".join(parts) + closing
        return opening + inner + f",{inner}".join(parts) + line + closing
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _escaped(found: re.Match[str]) -> str:
    point = found.group()
    units = point.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
