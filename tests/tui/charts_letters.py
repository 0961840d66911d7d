"""What the chart of the tests holds for the screens of writing: a care team, details, insurance, allergies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json

DETAILS: dict[str, Any] = {
    "gender": "female",
    "telecom": [
        {"system": "phone", "value": "+1 802 555 0100", "use": "mobile"},
        {"system": "email", "value": "zephyrine@example.org", "use": "home"},
    ],
    "address": [
        {"use": "home", "line": ["3 Mill Pond Road"], "city": "Briar Glen", "state": "VT", "postalCode": "05999"}
    ],
    "contact": [
        {
            "relationship": [{"text": "Brother"}],
            "name": {"text": "Felix Testperson"},
            "telecom": [{"system": "phone", "value": "+1 802 555 0109"}],
        }
    ],
    "communication": [
        {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en", "display": "English"}]}, "preferred": True}
    ],
}


def letters_chart(patient: str = "pat-1") -> Iterator[Json]:
    """Records of one patient."""
    whose = {"reference": f"Patient/{patient}"}
    yield {
        "resourceType": "CareTeam",
        "id": "team-1",
        "status": "active",
        "name": "Hillside care team",
        "subject": whose,
        "participant": [
            {
                "role": [{"text": "Physician"}],
                "member": {"reference": "Practitioner/1", "display": "Dr. Ottoline Example"},
            },
            {"role": [{"text": "Nurse"}], "member": {"reference": "Practitioner/2", "display": "Nurse Pip Fictional"}},
        ],
    }
    yield coverage("cov-1", whose, "Example Health Plan", "XYZ 123456", "active", {"start": "2026-01-01"})
    yield coverage("cov-2", whose, "Former Mutual", "FM-77", "cancelled", {"start": "2021-01-01", "end": "2025-12-31"})
    yield allergy("all-1", whose, "Penicillin", "confirmed", "Practitioner/1", "Hives", "moderate")
    yield allergy("all-2", whose, "Latex", "unconfirmed", f"Patient/{patient}", "Itching", "mild")


def coverage(record_id: str, whose: Json, payer: str, member: str, status: str, period: Json) -> Json:
    return {
        "resourceType": "Coverage",
        "id": record_id,
        "status": status,
        "subscriberId": member,
        "beneficiary": whose,
        "payor": [{"display": payer}],
        "period": period,
        "class": [{"type": {"coding": [{"code": "plan"}]}, "value": "Silver"}],
    }


def allergy(  # noqa: PLR0913, PLR0917 - what differs between allergies
    record_id: str, whose: Json, substance: str, standing: str, teller: str, reaction: str, severity: str
) -> Json:
    return {
        "resourceType": "AllergyIntolerance",
        "id": record_id,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": standing}]},
        "code": {"text": substance},
        "category": ["medication" if substance == "Penicillin" else "environment"],
        "patient": whose,
        "asserter": {"reference": teller},
        "recordedDate": "2024-03-02",
        "reaction": [{"manifestation": [{"text": reaction}], "severity": severity}],
    }
