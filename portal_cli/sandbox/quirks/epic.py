"""Epic, as its R4 API is towards a patient's app: read-mostly, without conditions, and full of warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.quirks.mode import Mode, Searching, Signing, Warnings, Words, Writes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal_cli.sandbox.lossless import Json

# CarePlan.category at Epic is SNOMED CT: longitudinal, inpatient, outpatient and so on, never `assess-plan`.
CARE_PLAN_CATEGORIES = (
    "734163000",
    "38717003",
    "736271009",
    "736353004",
    "738906000",
    "736378000",
    "409073007",
)
# Observation.category at Epic beyond those of HL7.
OBSERVATION_CATEGORIES = ("delivery", "obstetrics-gynecology", "periodontal", "phenotype", "smartdata")
_SNOMED = "http://snomed.info/sct"
_OBSERVATION_CATEGORY = "http://open.epic.com/FHIR/StructureDefinition/observation-category"


def epic_record(made_up: Iterable[Json]) -> list[Json]:
    """Give a made-up record Epic's codes: its categories of care plans, and observations of each of its own."""
    resources = list(made_up)
    patients = [resource["id"] for resource in resources if resource["resourceType"] == "Patient"]
    plans = [resource for resource in resources if resource["resourceType"] == "CarePlan"]
    for place, plan in enumerate(plans):
        code = CARE_PLAN_CATEGORIES[place % len(CARE_PLAN_CATEGORIES)]
        plan["category"] = [{"coding": [{"system": _SNOMED, "code": code}]}]
    more = [_observation(patient, category) for patient in patients for category in OBSERVATION_CATEGORIES]
    return [*resources, *more]


def _observation(patient: str, category: str) -> Json:
    return {
        "resourceType": "Observation",
        "id": f"{category[:24]}-{patient}"[:64],
        "status": "final",
        "category": [{"coding": [{"system": _OBSERVATION_CATEGORY, "code": category}]}],
        "code": {"text": f"Entered under {category}"},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2024-05-06",
        "valueString": "See the flowsheet",
    }


EPIC = Mode(
    "epic",
    # No update, patch, delete, batch, transaction or history of any kind.
    interactions=frozenset({"read", "search-type", "create"}),
    operations=frozenset(),
    # There is no API of messages, appointments or refills for patients.
    hidden=frozenset(
        {
            "Appointment",
            "AppointmentResponse",
            "Communication",
            "CommunicationRequest",
            "Schedule",
            "Slot",
            "Task",
        }
    ),
    # A public client gets no refresh token; it registers a key of its own and signs assertions.
    signing=Signing(token_type="bearer", renewal="assertion", declares_renewal=False),  # noqa: S106 -- a spelling, no secret
    searching=Searching(
        required={
            "Observation": ("category", "code", "_id"),
            "CarePlan": ("category", "_id"),
            "Patient": ("_id", "identifier", "name", "family", "given", "birthdate", "telecom"),
        },
        missing=Words(400, "required", "fatal", "59108"),
        last_updated=frozenset({"DocumentReference", "MeasureReport"}),
        unknown={"Patient": frozenset({"patient"})},
        warnings=Warnings(
            unknown="59100",
            nothing="4101",
            incomplete="4119",
            # Results of these are filtered after they were found.
            filtered=frozenset({"Condition", "DocumentReference", "MedicationRequest", "Observation"}),
        ),
        without_form=frozenset({"MedicationStatement"}),
        page_style="session",
        ended=Words(400, "expired", "fatal", "4113"),
    ),
    writes=Writes(
        creates=frozenset({"AllergyIntolerance", "Condition", "DocumentReference", "Observation"}),
        has_tags=False,
        conditional_create="no",
        conditional_read=False,
        answers_create=False,
    ),
    record=epic_record,
)
