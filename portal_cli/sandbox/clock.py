"""The portal's clock: real time, which a test may set forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells aware UTC time; `advance` moves it on for good, so that tokens expire without waiting."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Give the portal's time."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Set the clock forward by some seconds."""
        self._ahead += timedelta(seconds=seconds)
