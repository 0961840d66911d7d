"""Free times of clinicians: Slots, with the people and places of their Schedules (FHIR R4 §12.4, §12.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements
from store.records.dates import FhirDate, parse

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.text import Safe

_PEOPLE = frozenset({"Practitioner", "PractitionerRole", "HealthcareService"})


@dataclass(frozen=True, slots=True)
class FreeTime:
    """One time that can be booked; `number` is the one it has in the list that was shown last."""

    number: int
    id: Safe
    start: FhirDate | None
    end: FhirDate | None
    service: Safe
    clinicians: tuple[Safe, ...]
    places: tuple[Safe, ...]
    portal: Safe
    patient: Safe


def read(slot: Json, schedule: Json, number: int, portal: Safe, patient: Safe) -> FreeTime:
    """Read a Slot and the Schedule that it is of, which may be empty."""
    actors = actors_of(schedule)
    return FreeTime(
        number=number,
        id=elements.text(slot.get("id")),
        start=parse(slot.get("start")),
        end=parse(slot.get("end")),
        service=elements.concept(slot.get("serviceType")) or elements.concept(schedule.get("serviceType")),
        clinicians=tuple(elements.reference_words(one) for one in actors if _type(one) in _PEOPLE),
        places=tuple(elements.reference_words(one) for one in actors if _type(one) == "Location"),
        portal=portal,
        patient=patient,
    )


def actors_of(schedule: Json) -> list[Json]:
    """The people and places that a Schedule is of, as References to what can take part in an appointment."""
    return [one for one in elements.objects(schedule.get("actor")) if _type(one) in {*_PEOPLE, "Location"}]


def _type(reference: Json) -> str:
    return elements.target(elements.reference(reference))[0]
