"""The pause that a busy portal asks for (RFC 9110 §10.2.3)."""

from __future__ import annotations

import email.utils
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def named(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that a Retry-After header names, None when there is none or it says nothing.

    Header names are in lower case; a moment that is past is no pause.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (TypeError, ValueError, OverflowError):
        return None
