"""FHIR JSON as Python values, every number with the digits it was written with, and nothing of it lost."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec

from store.records.elements import Json

decode = msgspec.json.Decoder(Json, float_hook=Decimal).decode
"""The JSON object of a resource. Raises ValueError, RecursionError or ArithmeticError for what is none."""
encode = msgspec.json.Encoder(decimal_format="number").encode
"""The bytes of a value that `decode` has read, in its own order."""
canonical = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode
"""The same bytes for every value that differs in the order of members only: what tells whether two are the same."""


def has_lost_members(found: Json, body: bytes) -> bool:
    """Whether `found`, decoded from `body`, lacks members because an object had two of the same name (RFC 8259 §4).

    Each name and each text has two quotation marks, so what was lost shows in their number, unless some are written
    as escapes; then the names are compared one by one.
    """
    if encode(found).count(b'"') == body.count(b'"'):
        return False
    try:
        json.loads(body, object_pairs_hook=_distinct, parse_int=str, parse_float=str)
    except (_Twice, RecursionError):
        return True
    return False


class _Twice(Exception):
    pass


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found
