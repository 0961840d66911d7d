"""What a portal says of itself, and where the searches of a sync stand, for the screens that tell of both."""

from __future__ import annotations

import json

_TYPES = (
    "AllergyIntolerance",
    "Appointment",
    "Communication",
    "Immunization",
    "MedicationRequest",
    "Observation",
    "Task",
)
CAPABILITY = json.dumps(
    {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {"type": name, "interaction": [{"code": "search-type"}, {"code": "read"}]} for name in _TYPES
                ],
            }
        ],
    }
).encode()
