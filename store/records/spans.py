"""Stretches of time that a person types to narrow what is shown, told as `periods` tells them (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import InvalidInput
from store.light import dataclass
from store.records import periods

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until just before `end`, in seconds since 1970 UTC; None is open."""

    start: int | None = None
    end: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it narrows nothing."""
        return self.start is None and self.end is None


ALWAYS = Span()


def read(since: str | None, between: str | None, now: datetime) -> Span:
    """Read what was typed as `--since` and `--between`; both narrow. Raises InvalidInput."""
    start = None if since is None else periods.since(since, now)
    if between is None:
        return Span(start)
    first, end = periods.between(between)
    starts = [each for each in (start, first) if each is not None]
    found = Span(max(starts, default=None), end)
    if found.start is not None and end is not None and found.start >= end:
        raise InvalidInput(f"`{between}` ends before `{since}` begins")
    return found
