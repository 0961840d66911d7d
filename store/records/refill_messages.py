"""Asking for a refill by a message, where a portal takes messages and no refill requests (FHIR R4 §8.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records.dates import from_epoch
from store.records.refills import REQUEST_ID_SYSTEM

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.refills import NewRefill

CATEGORY_SYSTEM = "https://portal-terminal.dev/fhir/CodeSystem/message-category"
CATEGORY = "refill-request"


def build(wanted: NewRefill) -> Json:
    """Write a request as a Communication of its own, about the prescription, to the clinician in `owner_reference`."""
    what = "renewal" if wanted.is_renewal else "refill"
    return {
        "resourceType": "Communication",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": wanted.request_id}],
        "status": "in-progress",
        "category": [
            {"coding": [{"system": CATEGORY_SYSTEM, "code": CATEGORY}], "text": f"{what.capitalize()} request"}
        ],
        "priority": "routine",
        "subject": {"reference": wanted.patient_reference},
        "topic": {"text": f"{what.capitalize()} of {wanted.medication}"},
        "about": [{"reference": wanted.medication_reference}],
        "sent": str(from_epoch(wanted.authored).text),
        "recipient": [{"reference": wanted.owner_reference}],
        "sender": {"reference": wanted.author},
        "payload": [{"contentString": words(wanted)}],
    }


def words(wanted: NewRefill) -> str:
    """What the message says."""
    what = "renewal" if wanted.is_renewal else "refill"
    facts = [
        f"Please may I have a {what} of {wanted.medication}?",
        f"I have {wanted.remaining.words()}." if wanted.remaining else "",
        f"Pharmacy: {wanted.pharmacy.name}" if wanted.pharmacy else "",
        wanted.note or "",
    ]
    return "\n".join(filter(None, facts))
