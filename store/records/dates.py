"""FHIR dates: shown with the precision they were given, ordered by the instant at which they begin."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from store.light import dataclass
from store.records.text import Safe, one_line

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?\Z", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|[+-]\d\d:\d\d)?\Z", re.ASCII | re.IGNORECASE
)
_USUAL_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII
)  # as nearly all are; it is read without taking it apart
_TO_THE_SECOND = 19  # characters
_LEAP_SECOND = "60"


@dataclass(frozen=True, slots=True)
class FhirDate:
    """A FHIR date, dateTime or instant (R4 §2.24): `text` as the portal gave it, `epoch` where it begins.

    `epoch` is in seconds since 1970 UTC, for ordering; a date without a time begins at midnight UTC. It is None
    when the text is no date. `has_time` tells whether a time of day was given.
    """

    text: Safe
    epoch: int | None
    has_time: bool

    def local(self) -> Safe:
        """The date as a person here reads it: a time in the local zone, a date as it stands."""
        if not self.has_time or self.epoch is None:
            return self.text
        try:
            here = datetime.fromtimestamp(self.epoch, UTC).astimezone()
        except (ValueError, OverflowError):  # the other side of the calendar's first or last day
            return self.text
        return Safe(here.replace(tzinfo=None).isoformat(" ", "minutes"))

    def day(self) -> Safe:
        """The date alone: that of the place it was written at, where the text tells it, and else the local one.

        A sample drawn on the 24th stays one of the 24th wherever it is read.
        """
        if self.epoch is None:
            return self.text
        return Safe((self.local() if self.text.upper().endswith("Z") else self.text)[:10])


def parse(text: object) -> FhirDate | None:
    """Read a FHIR date; None when there is none. What is no date keeps its text and has no `epoch`."""
    if not isinstance(text, str) or not (shown := one_line(text)):
        return None
    instant = _instant(shown)
    if instant is None:
        return FhirDate(shown, None, has_time=False)
    return FhirDate(shown, int(instant.timestamp()), has_time="T" in shown.upper())


def once_read(text: Safe, epoch: int | None) -> FhirDate | None:
    """A date that `parse` has read before: from its text, and from the `epoch` that was kept of it."""
    return FhirDate(text, epoch, has_time=epoch is not None and "T" in text.upper()) if text else None


def _instant(text: str) -> datetime | None:
    try:
        if _USUAL_TIME.match(text):
            zone = "+00:00" if text.endswith("Z") else text[-6:]
            return datetime.fromisoformat(text[:_TO_THE_SECOND] + zone)
        if match := _DATE.match(text):
            year, month, day = match.groups()
            return datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        if match := _TIME.match(text):
            date, hour, minute, second, _, zone = match.groups()
            second = "59" if second == _LEAP_SECOND else second or "00"
            zone = "+00:00" if zone in {None, "Z", "z"} else zone
            return datetime.fromisoformat(f"{date}T{hour}:{minute}:{second}{zone}")
    except (ValueError, OverflowError):
        return None
    return None


def from_epoch(epoch: float) -> FhirDate:
    """Write an instant (seconds since 1970 UTC) as a FHIR instant."""
    text = datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return FhirDate(Safe(text), int(epoch), has_time=True)
