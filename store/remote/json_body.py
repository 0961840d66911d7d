"""The body of an answer as a JSON object, where anything else is as good as nothing."""

from __future__ import annotations

from typing import Any

import msgspec


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty one when it holds something else, or no JSON."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
