"""What sorts of records are called: FHIR's types and the vault's nouns in a patient's words."""

from __future__ import annotations

from store.records.catalog import type_in_words

_TYPES = {
    "AllergyIntolerance": "Allergies",
    "Appointment": "Appointments",
    "Binary": "Files",
    "CarePlan": "Care plans",
    "CareTeam": "Care teams",
    "Claim": "Bills",
    "Communication": "Messages",
    "Condition": "Conditions",
    "Consent": "Consents",
    "Coverage": "Insurance",
    "Device": "Devices",
    "DiagnosticReport": "Reports",
    "DocumentReference": "Documents",
    "Encounter": "Visits",
    "ExplanationOfBenefit": "Insurance payments",
    "FamilyMemberHistory": "Family history",
    "Goal": "Goals",
    "ImagingStudy": "Imaging studies",
    "Immunization": "Immunizations",
    "Location": "Places",
    "Media": "Pictures",
    "Medication": "Medicines by name",
    "MedicationAdministration": "Medicines given",
    "MedicationDispense": "Medicines dispensed",
    "MedicationRequest": "Prescriptions",
    "MedicationStatement": "Medicines reported",
    "Observation": "Results, vital signs",
    "Organization": "Organizations",
    "Patient": "Personal details",
    "Practitioner": "Clinicians",
    "PractitionerRole": "Clinicians' roles",
    "Procedure": "Procedures",
    "Provenance": "Origins of records",
    "QuestionnaireResponse": "Questionnaires",
    "RelatedPerson": "Related people",
    "Schedule": "Schedules",
    "ServiceRequest": "Orders",
    "Slot": "Free times",
    "Specimen": "Samples",
    "Task": "Requests",
}
_KINDS = {
    "appointmentresponse": "answer",
    "careplan": "care plan",
    "careteam": "care team",
    "claim": "bill",
    "dispense": "dispensed",
    "explanationofbenefit": "payment",
    "familymemberhistory": "family history",
    "imagingstudy": "imaging study",
    "lab": "lab result",
    "location": "place",
    "media": "picture",
    "medicationadministration": "given",
    "patient": "details",
    "practitioner": "clinician",
    "practitionerrole": "clinician",
    "provenance": "origin",
    "questionnaireresponse": "questionnaire",
    "refill": "request",
    "relatedperson": "related person",
    "servicerequest": "order",
    "slot": "free time",
    "specimen": "sample",
    "task": "request",
    "vital": "vital sign",
}


def of_type(type_name: str) -> str:
    """Records of a FHIR type, as a heading: `MedicationRequest` as `Prescriptions`."""
    return _TYPES.get(type_name) or type_in_words(type_name)


def of_noun(noun: str) -> str:
    """One record of a kind of the vault, inside a sentence: `lab` as `lab result`."""
    return _KINDS.get(noun, noun)
