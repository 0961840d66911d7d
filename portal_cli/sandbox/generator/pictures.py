"""Pictures: small PNG images, and the Media that show them."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import Json, concept, term
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(width: int, height: int, shade: int) -> bytes:
    """A grey picture (PNG, 8 bits) that grows lighter from left to right."""
    row = b"\0" + bytes(min(255, shade + column * 255 // width) for column in range(width))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(row * height)) + _chunk(b"IEND", b"")


def build_media(chart: Chart, title: str, moment: datetime, attachment: Json) -> Json:
    """A Media of a picture that the practice took."""
    return {
        "resourceType": "Media",
        "id": chart.next_id("Media"),
        "status": "completed",
        "type": term("media-type", "image", "Image"),
        "subject": chart.subject,
        "createdDateTime": stamp(moment),
        "issued": stamp(moment),
        "operator": chart.directory.refer("nurse"),
        "reasonCode": [concept(title)],
        "deviceName": "Camera of the practice",
        "content": attachment,
    }


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
