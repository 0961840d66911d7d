"""When the practice has time: Schedules of its people, and their Slots in the days to come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.directory import POSTS, opaque_id
from portal_cli.sandbox.generator.fhir import SNOMED, Json, coding, concept, reference
from portal_cli.sandbox.generator.times import SATURDAY, at, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from portal_cli.sandbox.generator.directory import Directory

DAYS = 14
STARTS = ((9, 0), (9, 30), (11, 0), (14, 0), (15, 30))
BOOKABLE = ("primary", "nurse", "cardiologist")
MINUTES = 30


def open_agenda(seed: int, now: datetime, directory: Directory) -> list[Json]:
    """The Schedules and Slots of the coming two weeks; about a third of the Slots are taken."""
    found: list[Json] = []
    for post in BOOKABLE:
        schedule = _schedule(seed, now, post, directory)
        found += [schedule, *_slots(seed, now, post, schedule)]
    return found


def _schedule(seed: int, now: datetime, post: str, directory: Directory) -> Json:
    return {
        "resourceType": "Schedule",
        "id": opaque_id(seed, "Schedule", post),
        "active": True,
        "serviceType": [_service()],
        "specialty": [concept(POSTS[post].specialty, coding(SNOMED, POSTS[post].snomed, POSTS[post].role))],
        "actor": [directory.refer(post), directory.refer("clinic")],
        "planningHorizon": {
            "start": (now + timedelta(days=1)).date().isoformat(),
            "end": (now + timedelta(days=DAYS)).date().isoformat(),
        },
    }


def _slots(seed: int, now: datetime, post: str, schedule: Json) -> Iterator[Json]:
    for day in _workdays(now):
        for hour, minute in STARTS:
            start = at(day, hour, minute)
            slot_id = opaque_id(seed, "Slot", post, day.isoformat(), hour, minute)
            yield {
                "resourceType": "Slot",
                "id": slot_id,
                "serviceType": [_service()],
                "schedule": reference(f"Schedule/{schedule['id']}"),
                "status": "busy" if int(slot_id, 16) % 3 == 0 else "free",
                "start": stamp(start),
                "end": stamp(start + timedelta(minutes=MINUTES)),
            }


def _workdays(now: datetime) -> Iterator[date]:
    for ahead in range(1, DAYS + 1):
        day = (now + timedelta(days=ahead)).date()
        if day.weekday() < SATURDAY:
            yield day


def _service() -> Json:
    return concept("Office visit", coding(SNOMED, "185349003", "Encounter for check up"))
