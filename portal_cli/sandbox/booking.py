"""Slots: an appointment that names free ones is booked at once, and one that is cancelled gives them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import FhirError, business_rule
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version


def book(repository: Repository, appointment: Json) -> None:
    """Book a new Appointment when it names slots: it, its participants and the slots change together.

    Call inside a transaction of the repository.

    Raises:
        FhirError: 409 when a slot is taken, 422 when there is no such slot.
    """
    slots = list(_slots(repository, appointment))
    for version, slot in slots:
        if slot.get("status") != "free":
            raise FhirError(409, "conflict", f"{version.name} is no longer free: choose another")
    for version, slot in slots:
        repository.put({**slot, "status": "busy"}, version.key)
    if slots:
        appointment["status"] = "booked"
        _keep_time(appointment, slots[0][1], slots[-1][1])
        for participant in follow(appointment, "participant"):
            if isinstance(participant, dict):
                participant["status"] = "accepted"


def _keep_time(appointment: Json, first: Json, last: Json) -> None:
    """Give an Appointment without a time that of its slots."""
    if "start" not in appointment and "start" in first and "end" in last:
        appointment |= {"start": first["start"], "end": last["end"]}


def release(repository: Repository, before: Json, after: Json) -> None:
    """Free the slots of an Appointment that was booked and is now cancelled; call inside a transaction."""
    if (before.get("status"), after.get("status")) != ("booked", "cancelled"):
        return
    for version, slot in _slots(repository, before):
        if slot.get("status") == "busy":
            repository.put({**slot, "status": "free"}, version.key)


def _slots(repository: Repository, appointment: Json) -> Iterator[tuple[Version, Json]]:
    for text in follow(appointment, "slot.reference"):
        target = local_target(text, repository.base_url) if isinstance(text, str) else None
        kind, _, key = (target or "").partition("/")
        version = repository.current(kind, key) if kind == "Slot" else None
        if version is None or version.is_deleted or not version.is_shared:
            raise business_rule(f"there is no slot {text!r} here")
        yield version, version.resource()
