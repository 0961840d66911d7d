"""What a patient sends about appointments: requests, bookings, answers, cancellations and check-ins (pure)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements
from store.records.dates import from_epoch
from store.records.refills import REQUEST_ID_SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.elements import Json

CANCELLATION_SYSTEM = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
_VISIT: Json = {
    "coding": [{"system": "http://snomed.info/sct", "code": "185349003", "display": "Encounter for check up"}],
    "text": "Office visit",
}
CAN_BE_CANCELLED = frozenset({"proposed", "pending", "booked", "waitlist"})
BOOKED = frozenset({"booked", "arrived", "checked-in", "fulfilled"})
"""States of an appointment whose time stands, so that the one that it replaces can be given up."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or somewhere that takes part: a reference `Type/id`, and a name, which may be empty."""

    reference: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A time from `start` to `end`, FHIR dateTimes with their zone."""

    start: str
    end: str

    def fhir(self) -> Json:
        """It as a FHIR Period."""
        return {"start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class NewAppointment:
    """What a patient asks for.

    With a `slot` (`Slot/id`), the first of `periods` is its time; else they are the times that are wanted.
    `replaces` is the appointment (`Appointment/id`) that this one is to stand in for.
    """

    request_id: str
    patient: str
    reason: str
    comment: str
    periods: tuple[Period, ...]
    others: tuple[Actor, ...]
    created: float
    slot: str = ""
    service: Json | None = None
    replaces: str = ""


def in_words(periods: Iterable[Period]) -> str:
    """Further times that are wanted as a sentence, for a portal that takes only so many in the request itself."""
    return f"Also possible: {'; '.join(f'{period.start} to {period.end}' for period in periods)}."


def build(wanted: NewAppointment) -> Json:
    """Write a request for an appointment, or the booking of a slot, as an Appointment with our identifier."""
    appointment: Json = {
        "resourceType": "Appointment",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": wanted.request_id}],
        "status": "proposed",
        "serviceType": [wanted.service or _VISIT],
    }
    if wanted.reason:
        appointment["reasonCode"] = [{"text": wanted.reason}]
        appointment["description"] = wanted.reason
    if wanted.replaces:
        appointment["supportingInformation"] = [{"reference": wanted.replaces}]
    if wanted.slot:
        appointment |= wanted.periods[0].fhir()
        appointment["slot"] = [{"reference": wanted.slot}]
    appointment["created"] = str(from_epoch(wanted.created).text)
    if wanted.comment:
        appointment["comment"] = wanted.comment
    appointment["participant"] = [
        _participant(Actor(wanted.patient), "required"),
        *(_participant(other, _importance(other)) for other in wanted.others),
    ]
    if wanted.periods:
        appointment["requestedPeriod"] = [period.fhir() for period in wanted.periods]
    return appointment


def cancelled(appointment: Json, reason: str) -> Json:
    """An appointment as it shall be when its patient has cancelled it."""
    concept: Json = {"coding": [{"system": CANCELLATION_SYSTEM, "code": "pat", "display": "Patient"}]}
    if reason:
        concept["text"] = reason
    return {**deepcopy(appointment), "status": "cancelled", "cancelationReason": concept}


def checked_in(appointment: Json) -> Json:
    """An appointment as it shall be when its patient has arrived."""
    return {**deepcopy(appointment), "status": "arrived"}


def answered(appointment: Json, patient: str, answer: str) -> Json:
    """An appointment with the patient's answer in it: `accepted`, `declined` or `tentative`."""
    changed = deepcopy(appointment)
    for participant in elements.objects(changed.get("participant")):
        if "/".join(elements.target(elements.reference(participant.get("actor")))) == patient:
            participant["status"] = answer
    return changed


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """A patient's answer to the time of an `appointment` (`Appointment/id`); `period` is another that would suit."""

    request_id: str
    appointment: str
    patient: str
    answer: str
    comment: str
    period: Period | None


def build_answer(wanted: NewAnswer) -> Json:
    """Write an answer to a proposed time as an AppointmentResponse with our identifier."""
    response: Json = {
        "resourceType": "AppointmentResponse",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": wanted.request_id}],
        "appointment": {"reference": wanted.appointment},
    }
    if wanted.period:
        response |= wanted.period.fhir()
    response["actor"] = {"reference": wanted.patient}
    response["participantStatus"] = wanted.answer
    if wanted.comment:
        response["comment"] = wanted.comment
    return response


def _participant(actor: Actor, required: str) -> Json:
    reference = {"reference": actor.reference}
    if actor.name:
        reference["display"] = actor.name
    return {"actor": reference, "required": required, "status": "needs-action"}


def _importance(actor: Actor) -> str:
    return "information-only" if actor.reference.startswith("Location/") else "required"
