"""Appointments: requested, booked, past and cancelled (FHIR R4 §12.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, envelope
from store.records.dates import FhirDate, parse
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.elements import Json

REQUESTED = frozenset({"proposed", "pending", "waitlist"})
_OFF = frozenset({"cancelled", "noshow", "entered-in-error"})
COMING = frozenset({"proposed", "pending", "booked", "arrived", "checked-in", "waitlist"})


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment. `clinicians` and `places` are names.

    Of one that is only asked for, `start` and `end` are those of the time that was wished for, if any. `awaits_answer`
    is whether the practice has proposed its time, and the patient has not answered yet.
    """

    id: Safe
    status: Safe
    title: Safe
    start: FhirDate | None
    end: FhirDate | None
    clinicians: tuple[Safe, ...]
    places: tuple[Safe, ...]
    reason: Safe
    instructions: Safe
    comment: Safe
    portal: Safe = EMPTY
    patient: Safe = EMPTY
    awaits_answer: bool = False

    @property
    def is_requested(self) -> bool:
        """Whether no time is agreed for it yet."""
        return self.status in REQUESTED

    def is_called_off(self, now: float) -> bool:
        """Whether it will not take place though its time still lies ahead at `now`."""
        moment = self.end or self.start
        return self.status in _OFF and moment is not None and moment.epoch is not None and moment.epoch >= now

    def is_upcoming(self, now: float) -> bool:
        """Whether it still lies ahead at `now` (seconds since 1970 UTC) and has not been cancelled."""
        if self.status not in COMING:
            return False
        moment = self.end or self.start
        return moment is None or moment.epoch is None or moment.epoch >= now


def read(resource: Json, origin: Source = NOWHERE) -> Appointment:
    """Read an Appointment."""
    start, end = parse(resource.get("start")), parse(resource.get("end"))
    if not (start or end):
        start, end = elements.period(resource.get("requestedPeriod"))
    return Appointment(
        id=elements.text(resource.get("id")),
        status=elements.text(resource.get("status")),
        title=_title(resource),
        start=start,
        end=end,
        clinicians=_actors(resource, {"Practitioner", "PractitionerRole", "HealthcareService"}),
        places=_actors(resource, {"Location"}),
        reason=elements.concept(resource.get("reasonCode")),
        instructions=elements.long_text(resource.get("patientInstruction")),
        comment=elements.long_text(resource.get("comment")),
        portal=origin.portal,
        patient=origin.patient,
        awaits_answer=_awaits_answer(resource),
    )


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of an Appointment that lists and filters need."""
    found = read(resource)
    with_whom = ", ".join(found.clinicians)
    return envelope.Envelope(
        kind="appointment",
        title=found.title,
        code=elements.code(resource.get("serviceType")),
        date=found.start or parse(resource.get("created")),
        status=found.status,
        value=Safe(with_whom),
    )


def actors(resource: Json) -> list[Json]:
    """The References to everybody and everywhere that takes part."""
    return [elements.first(one.get("actor")) for one in elements.objects(resource.get("participant"))]


def _awaits_answer(resource: Json) -> bool:
    """Whether the only thing that is open is a word of the patient's, or of who acts for them."""
    own = (
        one
        for one in elements.objects(resource.get("participant"))
        if elements.target(elements.reference(one.get("actor")))[0] in {"Patient", "RelatedPerson"}
    )
    return resource.get("status") == "pending" and any(one.get("status") == "needs-action" for one in own)


def _title(resource: Json) -> Safe:
    return (
        elements.text(resource.get("description"))
        or elements.concept(resource.get("serviceType"))
        or elements.concept(resource.get("appointmentType"))
        or elements.concept(resource.get("reasonCode"))
        or Safe("Appointment")
    )


def _actors(resource: Json, types: set[str]) -> tuple[Safe, ...]:
    found: list[Safe] = []
    for participant in elements.objects(resource.get("participant")):
        actor = elements.first(participant.get("actor"))
        kind = elements.target(elements.reference(actor))[0] or elements.text(actor.get("type"))
        if kind in types and (words := elements.reference_words(actor)):
            found.append(words)
    return tuple(dict.fromkeys(found))
