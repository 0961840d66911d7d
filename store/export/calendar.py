"""Appointments as iCalendar (RFC 5545), so that a calendar that imports them again updates and cancels its events.

Nothing in it tells what an appointment is about, or with whom, unless that is asked for.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

from store.export.format import Format
from store.records import appointments, elements
from store.records.dates import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from icalendar import Event

    from store.export.format import Exported, Sheet
    from store.records.appointments import Appointment
    from store.records.elements import Json

_NAMESPACE = uuid.UUID("3d1ce1a4-8d8c-4f0e-a8d5-2f3d2f8f7a60")
_PRODUCT = "-//portal-terminal//portal//EN"
_TITLE = "Appointment"
_CANCELLED = frozenset({"cancelled", "noshow", "entered-in-error"})
_TENTATIVE = frozenset({"proposed", "pending", "waitlist"})
_USUAL_LENGTH = timedelta(minutes=30)
_LARGEST = 2**31 - 1
_YEAR_2020 = 1_577_836_800
_MOST_CHARACTERS = 4_000


@dataclass(frozen=True)
class Visit:
    """One appointment to be written: as it was read and as it was served, and the portal's FHIR base URL."""

    appointment: Appointment
    resource: Json
    base_url: str


@dataclass(frozen=True)
class Calendar:
    """An iCalendar file, how many events are in it, and how many appointments have no time and are not."""

    content: bytes
    events: int
    without_time: int


class CalendarWriter:
    """Writes events one after the other; what was cancelled is among them, so that a calendar takes it out again."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        self._stream = stream
        self._sheet = sheet
        stream.write(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{_PRODUCT}\r\nMETHOD:PUBLISH\r\n".encode())

    def add(self, record: Exported) -> bool:
        """Write an appointment; False where it has no time, or where the record is none."""
        if record.type != "Appointment":
            return False
        visit = Visit(appointments.read(record.resource), record.resource, record.origin.base_url)
        event = _event(visit, with_details=self._sheet.with_details, now=self._sheet.made)
        if event is None:
            return False
        self._stream.write(event.to_ical())
        return True

    def end(self) -> None:
        """Close the calendar."""
        self._stream.write(b"END:VCALENDAR\r\n")


def write(visits: Sequence[Visit], *, with_details: bool, now: float) -> Calendar:
    """Write appointments as one calendar. Where all are cancelled, it is one that cancels (METHOD:CANCEL)."""
    # Deferred: nothing else needs it.
    import icalendar  # noqa: PLC0415

    made = [_event(visit, with_details=with_details, now=now) for visit in visits]
    events = [event for event in made if event is not None]
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    is_cancel = bool(events) and all(str(event["status"]) == "CANCELLED" for event in events)
    calendar.add("method", "CANCEL" if is_cancel else "PUBLISH")
    for event in events:
        calendar.add_component(event)
    return Calendar(calendar.to_ical(), len(events), len(made) - len(events))


def _event(visit: Visit, *, with_details: bool, now: float) -> Event | None:
    import icalendar  # noqa: PLC0415 - as in write

    start, end = parse(visit.resource.get("start")), parse(visit.resource.get("end"))
    begins = _moment(start.epoch if start else None)
    if begins is None:
        return None
    ends = _moment(end.epoch if end else None)
    meta = elements.first(visit.resource.get("meta"))
    updated = parse(meta.get("lastUpdated"))
    event = icalendar.Event()
    event.add("uid", _uid(visit))
    event.add("dtstamp", _moment(updated.epoch if updated else None) or datetime.fromtimestamp(int(now), UTC))
    event.add("sequence", _sequence(meta.get("versionId"), updated.epoch if updated else None))
    event.add("dtstart", begins)
    event.add("dtend", ends if ends and ends > begins else begins + _USUAL_LENGTH)
    event.add("status", _status(visit.appointment.status))
    event.add("class", "PRIVATE")
    event.add("summary", _plain(visit.appointment.title) if with_details else _TITLE)
    if with_details:
        _add_details(event, visit.appointment)
    return event


def _add_details(event: Event, appointment: Appointment) -> None:
    with_whom = ", ".join(appointment.clinicians)
    lines = [f"With {with_whom}" if with_whom else "", appointment.reason, appointment.instructions]
    if words := _plain("\n".join(filter(None, lines))):
        event.add("description", words)
    if place := _plain(", ".join(appointment.places)):
        event.add("location", place)


def _plain(text: str) -> str:
    """Text of a portal's as a calendar may hold it: no control characters but the end of a line, and no end of it."""
    kept = "".join(one for one in text.replace("\r\n", "\n").replace("\r", "\n") if one == "\n" or one.isprintable())
    return kept[:_MOST_CHARACTERS]


def _uid(visit: Visit) -> str:
    """The same for one appointment of one portal, whenever it is written; it tells of neither."""
    return f"{uuid.uuid5(_NAMESPACE, f'{visit.base_url}/Appointment/{visit.appointment.id}')}@portal-terminal.dev"


def _sequence(version: object, updated: int | None) -> int:
    """A number that grows with the record: its version where that is one, else the seconds until it was changed."""
    if isinstance(version, str) and version.isascii() and version.isdigit() and int(version) <= _LARGEST:
        return int(version)
    return min(max((updated or _YEAR_2020) - _YEAR_2020, 0), _LARGEST)


def _status(status: str) -> str:
    if status in _CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if status in _TENTATIVE else "CONFIRMED"


def _moment(epoch: int | None) -> datetime | None:
    if epoch is None:
        return None
    try:
        return datetime.fromtimestamp(epoch, UTC)
    except (ValueError, OverflowError):
        return None


FORMAT = Format(
    "ical", ".ics", CalendarWriter, "appointments for a calendar, with nothing clinical unless `--with-details`",
    is_one=True, takes=("appointment",),
)  # fmt: skip
