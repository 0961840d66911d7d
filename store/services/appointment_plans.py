"""What is about to be asked for of an appointment, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.records.appointment_writes import Period
    from store.records.appointments import Appointment
    from store.records.text import Safe
    from store.services.outbox_rows import OutboxRow


@dataclass(frozen=True)
class Wish:
    """What a patient says of an appointment that is asked for: why, a few words more, when, and with whom."""

    reason: str = ""
    comment: str = ""
    periods: tuple[Period, ...] = ()
    clinician: str = ""
    slot: str = ""


@dataclass(frozen=True)
class AppointmentPlan:
    """What would be sent, and for whom: `fhir` is the exact resource, `appointment` what it says of the visit.

    `target` is the record that it changes, else it is new; `replaces` an appointment that is cancelled once this one
    is booked. `wanted` are the times that were asked for.
    """

    action: Safe
    appointment: Appointment
    patient_name: Safe
    portal: Safe
    words: Safe
    wanted: tuple[Period, ...]
    replaces: Appointment | None
    fhir: bytes
    request_id: str
    connection: int
    kind: str
    type: str
    focus: str = ""
    target: str = ""
    base: bytes = b""


@dataclass(frozen=True)
class Outcome:
    """What came of it: the request in the outbox, and the appointment as the portal has it, if that is known."""

    request: OutboxRow
    appointment: Appointment | None
