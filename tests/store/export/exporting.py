"""What the tests of export formats share."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from store.export.format import Exported
from store.records import catalog
from store.records.elements import Json

if TYPE_CHECKING:
    from store.export.format import Format

_decode = msgspec.json.Decoder(Json, float_hook=Decimal).decode


def exported(body: bytes) -> Exported:
    """A record on its way out, as the vault hands it over."""
    resource = _decode(body)
    return Exported(resource["resourceType"], catalog.read_envelope(resource).kind, body, resource)


def written(form: Format, *bodies: bytes) -> bytes:
    """What a format writes of some records."""
    stream = io.BytesIO()
    assert form.write(map(exported, bodies), stream) == len(bodies)
    assert not stream.closed
    return stream.getvalue()
