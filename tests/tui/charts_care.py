"""What the screens for acting show: a past visit, an own medicine, supplies, rules, and what is not sent yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from store.records import appointment_writes as writes
from store.records.appointment_writes import NewAppointment, Period
from store.records.lossless import encode
from store.records.reminders import Channel, Rule, Topic
from store.vault import outbox, reminders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json
    from store.vault.transaction import Transaction

NOW = 1_795_510_800
OFFERED = ("Appointment", "AppointmentResponse", "MedicationStatement", "Task")


def capability(offered: tuple[str, ...] = OFFERED) -> bytes:
    """What a portal declares that takes these, by default everything of these screens."""
    kinds = [
        {"type": kind, "interaction": [{"code": code} for code in ("read", "search-type", "create", "update")]}
        for kind in (*offered, *(("Slot", "Schedule") if offered else ()))
    ]
    rest = [{"mode": "server", "resource": kinds}]
    return json.dumps({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}).encode()


def records() -> Iterator[Json]:
    """Records beside the common chart."""
    yield {
        "resourceType": "Appointment",
        "id": "app-past",
        "status": "fulfilled",
        "description": "Vaccination",
        "start": "2026-10-06T13:00:00Z",
        "end": "2026-10-06T13:20:00Z",
        "participant": [{"actor": {"reference": "Practitioner/2", "display": "Nurse Pip Fictional"}}],
    }
    yield {
        "resourceType": "MedicationStatement",
        "id": "own-1",
        "status": "active",
        "medicationCodeableConcept": {"text": "Vitamin D3 1,000 units"},
        "subject": {"reference": "Patient/pat-1"},
        "informationSource": {"reference": "Patient/pat-1"},
        "effectivePeriod": {"start": "2025-01"},
        "dosage": [{"text": "1 softgel a day"}],
    }
    yield {
        "resourceType": "MedicationRequest",
        "id": "med-old",
        "status": "stopped",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Amoxicillin 500 mg capsule"},
        "authoredOn": "2024-02-10",
    }
    for order, name, day in (
        ("med-1", "Lisinopril 10 mg tablet", "2026-08-20"),
        ("med-2", "Metformin 500 mg tablet", "2026-09-01"),
    ):
        yield {
            "resourceType": "MedicationDispense",
            "id": f"given-{order}",
            "status": "completed",
            "medicationCodeableConcept": {"text": name},
            "authorizingPrescription": [{"reference": f"MedicationRequest/{order}"}],
            "whenHandedOver": day,
            "daysSupply": {"value": 90, "unit": "days"},
        }
    yield {
        "resourceType": "Location",
        "id": "1",
        "name": "Hillside Practice",
        "address": {"line": ["1 Hill Road"], "city": "Boston", "state": "MA"},
        "telecom": [{"system": "phone", "value": "555 0100"}],
    }


def rules(tx: Transaction, owner: int) -> None:
    """Rules for reminders."""
    for topic, lead, channel in (
        (Topic.APPOINTMENT, "2d", Channel.TERMINAL),
        (Topic.APPOINTMENT, "2h", Channel.DESKTOP),
        (Topic.REFILL, "1w", Channel.TERMINAL),
        (Topic.MESSAGE, "", Channel.TERMINAL),
    ):
        reminders.add(tx, Rule(0, owner, topic, lead, channel, with_details=topic is Topic.REFILL, created=NOW))


def unsent(tx: Transaction, owner: int, yearly: Json) -> None:
    """A request for an appointment, and the cancelling of another one, which wait to be sent."""
    wanted = NewAppointment(
        request_id="0190-asked",
        patient="Patient/pat-1",
        reason="Sore knee",
        comment="By train",
        periods=(Period("2026-12-01T09:00:00-05:00", "2026-12-01T12:00:00-05:00"),),
        others=(),
        created=NOW,
    )
    outbox.add(tx, _item(owner, "0190-asked", "appointment", "Request an appointment: Sore knee", writes.build(wanted)))
    body = writes.cancelled(yearly, "I am travelling")
    item = _item(owner, "0190-off", "change", "Annual physical", body)
    outbox.add(tx, outbox_update(item, f"Appointment/{yearly['id']}", yearly))


def outbox_update(item: outbox.Item, target: str, before: Json) -> outbox.Item:
    """The same as a change of a record."""
    facts = {name: getattr(item, name) for name in outbox.COLUMNS}
    return outbox.Item(**{**facts, "interaction": "update", "target": target, "base": encode(before), "thread": target})


def _item(owner: int, name: str, kind: str, title: str, body: Json) -> outbox.Item:
    return outbox.Item(
        id=name,
        connection=owner,
        kind=kind,
        title=title,
        type="Appointment",
        request_id=name,
        body=encode(body),
        state=outbox.State.QUEUED.value,
        created=NOW - 600,
        updated=NOW - 600,
    )
