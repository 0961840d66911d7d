"""Asking a practice to change a patient's details: as a Task with what is proposed, or as a message (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements
from store.records.dates import from_epoch
from store.records.refills import CHANGE, PATIENT_REQUEST_SYSTEM, REQUEST_ID_SYSTEM, TASK_CODE_SYSTEM

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.whose import Whose

_CATEGORY = "https://portal-terminal.dev/fhir/CodeSystem/message-category"


def request(proposed: Json, whose: Whose, request_id: str, authored: float) -> Json:
    """Write a request for other details as a Task with the `proposed` Patient in it and our identifier."""
    return {
        "resourceType": "Task",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": request_id}],
        "contained": [proposed],
        "status": "requested",
        "intent": "proposal",
        "code": {
            "coding": [
                {"system": TASK_CODE_SYSTEM, "code": CHANGE},
                {"system": PATIENT_REQUEST_SYSTEM, "code": "demographics"},
            ],
            "text": "Update my contact details",
        },
        "focus": {"reference": whose.patient},
        "for": {"reference": whose.patient},
        "authoredOn": str(from_epoch(authored).text),
        "requester": {"reference": whose.author},
        "input": [
            {
                "type": {"coding": [{"system": PATIENT_REQUEST_SYSTEM, "code": "proposed"}]},
                "valueReference": {"reference": f"#{proposed['id']}"},
            }
        ],
    }


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that asks for a change, one line for each; `recipient` is a reference, or nothing."""

    request_id: str
    whose: Whose
    recipient: str
    topic: str
    lines: tuple[str, ...]
    sent: float


def message(wanted: NewMessage) -> Json:
    """Write a message to the practice as a Communication with our identifier."""
    found: Json = {
        "resourceType": "Communication",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": wanted.request_id}],
        "status": "in-progress",
        "category": [{"coding": [{"system": _CATEGORY, "code": "general"}], "text": "Change of details"}],
        "priority": "routine",
        "subject": {"reference": wanted.whose.patient},
        "topic": {"text": wanted.topic},
        "sent": str(from_epoch(wanted.sent).text),
        "sender": {"reference": wanted.whose.author},
    }
    if wanted.recipient:
        found["recipient"] = [{"reference": wanted.recipient}]
    text = "\n".join([f"{wanted.topic}, please:", *(f"- {line}" for line in wanted.lines)])
    return {**found, "payload": [{"contentString": text}]}


def recipient(patient: Json) -> str:
    """Whom a patient would write to: their own clinician, else the practice that looks after them; or nothing."""
    for name in ("generalPractitioner", "managingOrganization"):
        for reference in elements.objects(patient.get(name)):
            type_name, record_id = elements.target(elements.reference(reference))
            if type_name in {"Practitioner", "PractitionerRole", "Organization"} and record_id:
                return f"{type_name}/{record_id}"
    return ""
