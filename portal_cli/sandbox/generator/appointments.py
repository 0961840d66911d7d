"""Appointments: kept, missed, cancelled, booked ahead and asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import SNOMED, TERMINOLOGY, Json, coding, concept
from portal_cli.sandbox.generator.times import at, stamp, workday_after

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart


@dataclass(frozen=True)
class Booking:
    """An appointment some days from now; days are negative in the past."""

    days: int
    hour: int
    minute: int
    service: str
    reason: str
    status: str = "booked"
    practitioner: str = "primary"
    minutes: int = 30
    comment: str = ""
    cancelled_because: str = ""
    instruction: str = ""


def book(chart: Chart, booking: Booking) -> Json:
    """Add an Appointment on a working day, at the hour asked for."""
    day = workday_after((chart.now + timedelta(days=booking.days)).date())
    start = at(day, booking.hour, booking.minute)
    resource = _appointment(chart, booking.service, booking.reason, (start, booking.minutes), booking.practitioner)
    resource |= {"status": booking.status, "comment": booking.comment}
    resource["patientInstruction"] = booking.instruction
    created = min(start, chart.now) - timedelta(days=12, hours=3)
    resource["created"] = stamp(created)
    if booking.cancelled_because:
        resource["cancelationReason"] = concept(
            booking.cancelled_because,
            coding(TERMINOLOGY + "appointment-cancellation-reason", "pat", "Patient"),
        )
    if booking.status == "proposed":
        _leave_open(resource, start)
    return chart.add(resource, f"{booking.service}, {day.isoformat()}")


def record_kept_appointment(
    chart: Chart, service: str, reason: str, slot: tuple[datetime, int], practitioner: str
) -> Json:
    """Add the fulfilled Appointment of a visit; `slot` is its start and minutes."""
    resource = _appointment(chart, service, reason, slot, practitioner)
    resource |= {"status": "fulfilled", "created": stamp(slot[0] - timedelta(days=21, hours=2))}
    return chart.add(resource, service)


def _leave_open(resource: Json, start: datetime) -> None:
    """A wish names a window of days, not a time."""
    del resource["start"], resource["end"]
    resource["requestedPeriod"] = [
        {"start": stamp(at(start.date(), 8)), "end": stamp(at((start + timedelta(days=4)).date(), 17))}
    ]
    for participant in resource["participant"]:
        participant["status"] = "needs-action"


def _appointment(chart: Chart, service: str, reason: str, slot: tuple[datetime, int], practitioner: str) -> Json:
    start, minutes = slot
    actors = (
        (chart.subject, "required"),
        (chart.directory.refer(practitioner), "required"),
        (chart.directory.refer("clinic"), "information-only"),
    )
    return {
        "resourceType": "Appointment",
        "id": chart.next_id("Appointment"),
        "status": "booked",
        "serviceType": [concept(service, coding(SNOMED, "185349003", "Encounter for check up"))],
        "reasonCode": [concept(reason)],
        "description": reason,
        "start": stamp(start),
        "end": stamp(start + timedelta(minutes=minutes)),
        "minutesDuration": minutes,
        "created": "",
        "participant": [{"actor": actor, "required": required, "status": "accepted"} for actor, required in actors],
    }
