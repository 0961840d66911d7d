"""Asking a portal for free times: its Slots in a span, and the Schedules that they are of."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from store.errors import RemoteError
from store.records import elements, incoming
from store.records.dates import from_epoch, parse

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.remote.discovery import Capability
    from store.remote.fhir import Fhir

_MOST_PAGES = 20
_MOST_SCHEDULES = 50


def fetch(fhir: Fhir, capability: Capability, start: float, end: float) -> list[tuple[Json, Json]]:
    """Free Slots between two moments, soonest first, each with its Schedule (empty where it cannot be read).

    Raises Rejected, BadAnswer, SignInNeeded, Unreachable.
    """
    slots, schedules = _search(fhir, capability, start, end)
    found = []
    for slot in slots:
        begins = parse(slot.get("start"))
        if slot.get("status") != "free" or not begins or not begins.epoch or not start <= begins.epoch < end:
            continue
        name = "/".join(elements.target(elements.reference(slot.get("schedule"))))
        if name not in schedules:
            schedules[name] = _schedule(fhir, name) if len(schedules) < _MOST_SCHEDULES else {}
        found.append((begins.epoch, str(slot.get("id")), slot, schedules[name]))
    found.sort(key=lambda one: one[:2])
    return [(slot, schedule) for _, _, slot, schedule in found]


def _search(fhir: Fhir, capability: Capability, start: float, end: float) -> tuple[list[Json], dict[str, Json]]:
    offered = capability.types["Slot"]
    parameters = [("status", "free")] if "status" in offered.search_parameters else []
    if "start" in offered.search_parameters:
        parameters += [("start", f"ge{_text(start)}"), ("start", f"lt{_text(end)}")]
    url: str | None = fhir.first_page("Slot", [*parameters, ("_include", "Slot:schedule")])
    slots: list[Json] = []
    schedules: dict[str, Json] = {}
    seen: set[str] = set()
    while url and url not in seen and len(seen) < _MOST_PAGES:
        seen.add(url)
        page = fhir.page(url)
        for body in page.resources:
            found = _read(body)
            if found.get("resourceType") == "Slot" and isinstance(found.get("id"), str):
                slots.append(found)
            elif found.get("resourceType") == "Schedule":
                schedules[f"Schedule/{found.get('id')}"] = found
        url = page.next_url
    return slots, schedules


def _schedule(fhir: Fhir, name: str) -> Json:
    if not name.startswith("Schedule/"):
        return {}
    try:
        return _read(fhir.read(name) or b"")
    except RemoteError:
        return {}  # a time without a name can be booked all the same


def _read(body: bytes) -> Json:
    try:
        return incoming.read_json(body)
    except ValueError:
        return {}


def _text(epoch: float) -> str:
    """A moment as a search parameter, in UTC: a plus sign in a zone is lost on the way to some portals."""
    return from_epoch(dt.datetime.fromtimestamp(epoch, dt.UTC).timestamp()).text
