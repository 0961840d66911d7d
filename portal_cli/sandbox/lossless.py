"""FHIR JSON in and out, with every number, unknown element and key order kept as it came."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]


class NotJsonError(ValueError):
    """The bytes are not one JSON document; `str()` says where reading stopped."""


def _number(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


_decoder = msgspec.json.Decoder(float_hook=_number)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes) -> Any:
    """Read one JSON document (RFC 8259) from UTF-8 bytes.

    Fractions become `msgspec.Raw`, their own text, so that `1.00` is written back as `1.00` (FHIR R4
    §2.24.0.1: the precision of a decimal has meaning); whole numbers have no upper bound.

    Raises:
        NotJsonError: For bad UTF-8, bad JSON, or nesting too deep to read.
    """
    try:
        return _decoder.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotJsonError("the text is not UTF-8") from error
    except msgspec.DecodeError as error:
        raise NotJsonError(str(error)) from error
    except RecursionError as error:
        raise NotJsonError("the document is nested too deeply") from error


def encode(document: object) -> bytes:
    """Write a document as compact UTF-8 JSON, numbers as they are."""
    return _encoder.encode(document)


def is_object(document: object) -> bool:
    """Say whether a document is a FHIR resource in outline: an object with a plausible `resourceType`."""
    if not isinstance(document, dict):
        return False
    kind = document.get("resourceType")
    return isinstance(kind, str) and kind.isalpha() and kind.isascii() and kind[0].isupper()
