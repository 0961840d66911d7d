"""FHIR JSON as Python values, every number with the digits it was written with."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from store.records.elements import Json

decode = msgspec.json.Decoder(Json, float_hook=Decimal).decode
"""The JSON object of a resource. Raises ValueError, RecursionError or ArithmeticError for what is none."""
encode = msgspec.json.Encoder(decimal_format="number").encode
"""The bytes of a value that `decode` has read, in its own order."""
canonical = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode
"""The same bytes for every value that differs in the order of members only: what tells whether two are the same."""
