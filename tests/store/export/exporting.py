"""What the tests of export formats share."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from store.export.format import Exported, Origin, write
from store.records import catalog
from store.records.elements import Json

if TYPE_CHECKING:
    from store.export.format import Format, Sheet

HOME = Origin("home", "https://home.example/fhir", "Ada Byron", "p1")
_decode = msgspec.json.Decoder(Json, float_hook=Decimal).decode


def exported(body: bytes) -> Exported:
    """A record on its way out, as the vault hands it over."""
    resource = _decode(body)
    shown = catalog.read_envelope(resource)
    return Exported(
        resource["resourceType"], shown.kind, resource.get("id", ""), body, HOME, shown.title, shown.code,
        shown.date.epoch if shown.date else None, shown.date.text if shown.date else "", shown.status, shown.flag,
        shown.value, shown.unit,
    )  # fmt: skip


def written(form: Format, *bodies: bytes, sheet: Sheet | None = None) -> bytes:
    """What a format writes of some records."""
    stream = io.BytesIO()
    assert write(form, map(exported, bodies), stream, sheet) == len(bodies)
    assert not stream.closed
    return stream.getvalue()
