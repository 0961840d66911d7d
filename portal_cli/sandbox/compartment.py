"""Whose a resource is: the R4 Patient compartment as a table, and the rule for everything outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.references import follow, local_target, names_a_patient, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.lossless import Json

# CompartmentDefinition/patient (FHIR R4 §5.4.1) as element paths, plus three the portal itself adds: Task by
# the patient it is for, Device by its patient, Binary by its security context. Patient.link is left out on
# purpose: a linked Patient is another record.
COMPARTMENT: dict[str, tuple[str, ...]] = {
    "Account": ("subject",),
    "AdverseEvent": ("subject",),
    "AllergyIntolerance": ("patient", "recorder", "asserter"),
    "Appointment": ("participant.actor",),
    "AppointmentResponse": ("actor",),
    "AuditEvent": ("agent.who", "entity.what"),
    "Basic": ("subject", "author"),
    "Binary": ("securityContext",),
    "BodyStructure": ("patient",),
    "CarePlan": ("subject", "activity.detail.performer"),
    "CareTeam": ("subject", "participant.member"),
    "ChargeItem": ("subject",),
    "Claim": ("patient", "payee.party"),
    "ClaimResponse": ("patient",),
    "ClinicalImpression": ("subject",),
    "Communication": ("subject", "sender", "recipient"),
    "CommunicationRequest": ("subject", "sender", "recipient", "requester"),
    "Composition": ("subject", "author", "attester.party"),
    "Condition": ("subject", "asserter"),
    "Consent": ("patient",),
    "Coverage": ("beneficiary", "policyHolder", "subscriber", "payor"),
    "CoverageEligibilityRequest": ("patient",),
    "CoverageEligibilityResponse": ("patient",),
    "DetectedIssue": ("patient",),
    "Device": ("patient",),
    "DeviceRequest": ("subject", "performer"),
    "DeviceUseStatement": ("subject",),
    "DiagnosticReport": ("subject",),
    "DocumentManifest": ("subject", "author", "recipient"),
    "DocumentReference": ("subject", "author"),
    "Encounter": ("subject",),
    "EnrollmentRequest": ("candidate",),
    "EpisodeOfCare": ("patient",),
    "ExplanationOfBenefit": ("patient", "payee.party"),
    "FamilyMemberHistory": ("patient",),
    "Flag": ("subject",),
    "Goal": ("subject",),
    "Group": ("member.entity",),
    "ImagingStudy": ("subject",),
    "Immunization": ("patient",),
    "ImmunizationEvaluation": ("patient",),
    "ImmunizationRecommendation": ("patient",),
    "Invoice": ("subject", "recipient"),
    "List": ("subject", "source"),
    "MeasureReport": ("subject",),
    "Media": ("subject",),
    "MedicationAdministration": ("subject", "performer.actor"),
    "MedicationDispense": ("subject", "receiver"),
    "MedicationRequest": ("subject",),
    "MedicationStatement": ("subject",),
    "MolecularSequence": ("patient",),
    "NutritionOrder": ("patient",),
    "Observation": ("subject", "performer"),
    "Patient": (),
    "Person": ("link.target",),
    "Procedure": ("subject", "performer.actor"),
    "Provenance": ("target",),
    "QuestionnaireResponse": ("subject", "author"),
    "RelatedPerson": ("patient",),
    "RequestGroup": ("subject", "action.participant"),
    "ResearchSubject": ("individual",),
    "RiskAssessment": ("subject",),
    "Schedule": ("actor",),
    "ServiceRequest": ("subject", "performer"),
    "Specimen": ("subject",),
    "SupplyDelivery": ("patient",),
    "SupplyRequest": ("deliverTo",),
    "Task": ("for",),
    "VisionPrescription": ("patient",),
}

# Types that are everybody's when nobody is named in them, although the table lists them.
_SHARED_WHEN_UNNAMED = frozenset({"Device", "Schedule"})


def owners(
    resource: Json, owners_of: Callable[[str], frozenset[str]], base_url: str = ""
) -> tuple[frozenset[str], bool]:
    """Say whose a resource is.

    `owners_of("Condition/1")` gives the owners of a stored resource, so that a Provenance belongs to the
    patient whose data it describes.

    Returns:
        The ids of the patients in whose compartment it is, and whether it is shared by all patients.
    """
    kind = resource["resourceType"]
    if kind == "Patient":
        return frozenset({resource["id"]}), False
    if kind in COMPARTMENT:
        found = _by_paths(resource, COMPARTMENT[kind], owners_of, base_url)
        return found, not found and kind in _SHARED_WHEN_UNNAMED and not _links(resource)
    links = _links(resource)
    patients = {target for text in links if (target := local_target(text, base_url))}
    if len(patients) == 1:
        return frozenset(target.removeprefix("Patient/") for target in patients), False
    return frozenset(), not links


def _links(resource: Json) -> list[str]:
    """Collect the references to patients, wherever they stand."""
    return [text for _, key, text in walk(resource) if key == "reference" and names_a_patient(text)]


def _by_paths(
    resource: Json, paths: tuple[str, ...], owners_of: Callable[[str], frozenset[str]], base_url: str
) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        for element in follow(resource, path):
            text = element.get("reference") if isinstance(element, dict) else None
            target = local_target(text, base_url) if isinstance(text, str) else None
            if target is None:
                continue
            if target.startswith("Patient/"):
                found.add(target.removeprefix("Patient/"))
            elif resource["resourceType"] == "Provenance":
                found |= owners_of(target)
    return frozenset(found)
