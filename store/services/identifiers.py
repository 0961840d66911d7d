"""Identifiers for requests, and finding one by what somebody types of it."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from store.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST = 4  # characters of an identifier that are enough, if no other has them


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then chance."""
    chance = uuid.uuid4().int & ((1 << 76) - 1)
    head = (int(time.time() * 1000) & ((1 << 48) - 1)) << 80
    low = (chance & ((1 << 62) - 1)) | (0b10 << 62)
    middle = (0x7 << 12) | (chance >> 62 & 0xFFF)
    return uuid.UUID(int=head | (middle << 64) | low)


def find(kind: str, typed: str, known: Sequence[str]) -> str:
    """The identifier that is meant: typed whole, or its beginning or end. Raises NotFound, Ambiguous."""
    wanted = typed.strip().lower()
    if wanted in known:
        return wanted
    close = [name for name in known if name.startswith(wanted) or name.endswith(wanted)]
    if len(wanted) < _SHORTEST or not close:
        raise NotFound(kind, typed)
    if len(close) > 1:
        raise Ambiguous(kind, typed, tuple(close))
    return close[0]
