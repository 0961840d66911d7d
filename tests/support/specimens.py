"""One made-up record of each kind that has a view of its own, with what its view tells."""

from __future__ import annotations

from typing import Any

DOCTOR = {"reference": "Practitioner/dr1", "display": "Noor Example, MD"}
NOTE = [{"text": "Taken with breakfast.", "authorString": "N. Example", "time": "2024-05-17"}]


def words(text: str, code: str = "") -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"code": code, "display": text}], "text": text} if code else {"text": text}


def amount(value: float, unit: str) -> dict[str, Any]:
    """A Quantity."""
    return {"value": value, "unit": unit}


SPECIMENS: dict[str, dict[str, Any]] = {
    "MedicationRequest": {
        "status": "active", "intent": "order", "medicationCodeableConcept": words("Lisinopril 10 mg tablet", "314076"),
        "dosageInstruction": [
            {"text": "Take one tablet by mouth once a day"},
            {
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d", "when": ["MORN"]}},
                "doseAndRate": [{"doseQuantity": amount(5, "mg")}], "route": words("Oral"), "asNeededBoolean": True,
            },
        ],
        "reasonCode": [words("High blood pressure")], "requester": DOCTOR, "authoredOn": "2024-05-17",
        "dispenseRequest": {
            "numberOfRepeatsAllowed": 3, "quantity": amount(90, "tablet"),
            "expectedSupplyDuration": amount(90, "days"), "performer": {"display": "Orchard Pharmacy"},
            "validityPeriod": {"start": "2024-05-17", "end": "2025-05-17"},
        },
        "substitution": {"allowedBoolean": True}, "note": NOTE, "priority": "routine",
    },
    "MedicationStatement": {
        "status": "active", "medicationCodeableConcept": words("Fish oil"), "dosage": [{"text": "2 a day"}],
        "effectivePeriod": {"start": "2023"}, "informationSource": {"display": "Ada Example"},
        "dateAsserted": "2024-01-02",
    },
    "MedicationDispense": {
        "status": "completed", "medicationCodeableConcept": words("Lisinopril 10 mg tablet"),
        "whenHandedOver": "2024-05-18", "quantity": amount(90, "tablet"), "daysSupply": amount(90, "days"),
        "performer": [{"actor": {"display": "Orchard Pharmacy"}}],
    },
    "Condition": {
        "code": words("Asthma", "195967001"), "clinicalStatus": words("Active"),
        "verificationStatus": words("Confirmed"), "severity": words("Mild"), "onsetDateTime": "2011-04",
        "category": [words("Problem list item")], "recordedDate": "2011-05-02", "recorder": DOCTOR,
        "bodySite": [words("Both lungs")], "stage": [{"summary": words("Stage 2"), "type": words("Clinical")}],
        "note": NOTE,
    },
    "Immunization": {
        "status": "completed", "vaccineCode": words("Influenza, seasonal"), "occurrenceDateTime": "2024-10-09",
        "doseQuantity": amount(0.5, "mL"), "site": words("Left arm"), "lotNumber": "A1", "route": words("Into muscle"),
        "performer": [{"actor": DOCTOR}], "protocolApplied": [{"doseNumberPositiveInt": 1, "series": "2024/25"}],
        "reaction": [{"detail": {"display": "Sore arm"}, "date": "2024-10-10"}], "primarySource": True,
    },
    "Encounter": {
        "status": "finished", "class": {"code": "AMB"}, "type": [words("Office visit")],
        "period": {"start": "2024-05-17", "end": "2024-05-17"}, "reasonCode": [words("Cough")],
        "location": [{"location": {"display": "Main clinic"}}], "serviceProvider": {"display": "Briar Glen"},
        "participant": [{"individual": DOCTOR, "type": [words("Primary performer")]}],
        "diagnosis": [{"condition": {"display": "Asthma"}, "use": words("Discharge"), "rank": 1}],
        "hospitalization": {"dischargeDisposition": words("Home")},
    },
    "AllergyIntolerance": {
        "code": words("Penicillin"), "clinicalStatus": words("Active"), "verificationStatus": words("Confirmed"),
        "criticality": "high", "type": "allergy", "category": ["medication"], "onsetString": "as a child",
        "recordedDate": "2010-03-04", "recorder": DOCTOR, "lastOccurrence": "2009",
        "reaction": [
            {"manifestation": [words("Hives"), words("Wheezing")], "severity": "moderate", "onset": "2009"},
            {"manifestation": [words("Swelling")], "severity": "severe", "exposureRoute": words("By mouth")},
        ],
    },
    "Procedure": {
        "status": "completed", "code": words("Colonoscopy"), "performedPeriod": {"start": "2023-02-01"},
        "reasonCode": [words("Screening")], "outcome": words("No polyps"), "bodySite": [words("Colon")],
        "performer": [{"actor": DOCTOR, "function": words("Surgeon")}], "followUp": [words("Again in ten years")],
        "complication": [words("None")],
    },
    "CarePlan": {
        "status": "active", "intent": "plan", "title": "Living with diabetes", "description": "Diet, walks, checks",
        "period": {"start": "2024"}, "addresses": [{"display": "Type 2 diabetes"}], "author": DOCTOR,
        "goal": [{"display": "A1c below 7 %"}], "activity": [
            {"detail": {"code": words("Walk"), "status": "in-progress", "scheduledString": "30 minutes a day"}},
            {"detail": {"description": "See the eye doctor", "status": "scheduled", "performer": [DOCTOR]}},
        ],
    },
    "Goal": {
        "lifecycleStatus": "active", "achievementStatus": words("Improving"), "description": words("Weigh less"),
        "startDate": "2024-01-01", "priority": words("High"), "expressedBy": DOCTOR, "target": [
            {"measure": words("Body weight"), "detailRange": {"low": amount(70, "kg"), "high": amount(75, "kg")},
             "dueDate": "2025-01-01"},
        ],
    },
    "CareTeam": {
        "status": "active", "name": "Diabetes team", "period": {"start": "2024"},
        "participant": [{"member": DOCTOR, "role": [words("Doctor")]}, {"member": {"display": "Sam Other, RN"}}],
    },
    "Coverage": {
        "status": "active", "type": words("PPO"), "payor": [{"display": "Acme Health Plan"}], "subscriberId": "S-1",
        "relationship": words("Self"), "period": {"start": "2024-01-01", "end": "2024-12-31"}, "order": 1,
        "class": [{"type": words("Group"), "value": "g7", "name": "Employees"}],
        "costToBeneficiary": [{"type": words("Visit"), "valueMoney": {"value": 20, "currency": "USD"}}],
    },
    "Device": {
        "status": "active", "deviceName": [{"name": "Pacemaker X", "type": "model-name"}], "type": words("Pacemaker"),
        "manufacturer": "Acme", "modelNumber": "X-1", "serialNumber": "9", "expirationDate": "2034-01-01",
        "udiCarrier": [{"deviceIdentifier": "0950", "carrierHRF": "(01)0950(21)9"}],
    },
    "FamilyMemberHistory": {
        "status": "completed", "relationship": words("Father"), "deceasedAge": amount(74, "years"), "name": "Karl",
        "condition": [
            {"code": words("Heart attack"), "onsetAge": amount(70, "years"), "contributedToDeath": True},
            {"code": words("Diabetes"), "note": [{"text": "Diet only"}]},
        ],
    },
    "DocumentReference": {
        "status": "current", "docStatus": "final", "type": words("Progress note"), "date": "2024-05-17",
        "category": [words("Clinical note")], "author": [DOCTOR], "custodian": {"display": "Briar Glen"},
        "context": {"period": {"start": "2024-05-17"}, "facilityType": words("Clinic")},
        "content": [
            {"attachment": {"contentType": "text/plain", "title": "Note",
                            "data": "SEVTVE9SWToKQ291Z2ggZm9yIHR3byB3ZWVrcy4KClBMQU46Ckluc3BpcmUgYW5kIHJlc3Qu"}},
        ],
    },
    "DiagnosticReport": {
        "status": "final", "code": words("Chest X-ray"), "category": [words("Radiology")],
        "effectiveDateTime": "2024-05-17", "issued": "2024-05-18", "performer": [{"display": "Radiology"}],
        "resultsInterpreter": [DOCTOR], "conclusion": "No sign of pneumonia. Heart of usual size.",
        "conclusionCode": [words("Normal chest")], "result": [{"display": "Cardiac silhouette"}],
        "presentedForm": [{"contentType": "text/plain",
                           "data": "RklORElOR1M6CkxldW5ncyBhcmUgY2xlYXIuCgpJTVBSRVNTSU9OOgpOb3JtYWwu"}],
    },
    "QuestionnaireResponse": {
        "status": "completed", "authored": "2024-05-17", "source": {"display": "Ada Example"},
        "questionnaire": "Questionnaire/phq2", "item": [
            {"linkId": "1", "text": "Little interest in doing things?", "answer": [{"valueCoding":
             {"code": "LA6568-5", "display": "Not at all"}}]},
            {"linkId": "2", "text": "Sleep", "item": [
                {"linkId": "2.1", "text": "Hours a night", "answer": [{"valueDecimal": 7.5, "item": [
                    {"linkId": "2.1.1", "text": "Is that usual?", "answer": [{"valueBoolean": True}]}]}]},
            ]},
        ],
    },
    "Questionnaire": {
        "status": "active", "title": "Two questions", "subjectType": ["Patient"], "item": [
            {"linkId": "1", "text": "Pain now?", "type": "choice", "required": True,
             "answerOption": [{"valueCoding": {"code": "y", "display": "Yes"}}, {"valueString": "No"}],
             "item": [{"linkId": "1.1", "text": "Where?", "type": "string"}]},
        ],
    },
    "ServiceRequest": {
        "status": "active", "intent": "order", "code": words("Lipid panel"), "authoredOn": "2024-05-17",
        "requester": DOCTOR, "reasonCode": [words("High cholesterol")], "patientInstruction": "Come fasting.",
        "priority": "routine", "occurrenceDateTime": "2024-06-01",
    },
    "Communication": {
        "status": "completed", "topic": words("Your results"), "sent": "2024-05-17", "sender": DOCTOR,
        "recipient": [{"display": "Ada Example"}], "payload": [{"contentString": "All is well."}],
    },
    "Appointment": {
        "status": "booked", "serviceType": [words("Check-up")], "start": "2024-06-01", "minutesDuration": 20,
        "patientInstruction": "Bring your medicines.", "participant": [
            {"actor": DOCTOR, "status": "accepted"}, {"actor": {"display": "Main clinic"}, "status": "accepted"},
        ],
    },
    "Patient": {
        "name": [{"use": "official", "family": "Example", "given": ["Ada"]}], "birthDate": "1970-01-02",
        "gender": "female", "telecom": [{"system": "phone", "value": "555-0100", "use": "home"}],
        "address": [{"line": ["1 High St"], "city": "Ely", "state": "MN", "postalCode": "55731"}],
        "contact": [{"name": {"text": "Karl Example"}, "relationship": [words("Father")]}],
    },
    "ImagingStudy": {
        "status": "available", "description": "CT of the chest", "started": "2024-05-17", "numberOfInstances": 90,
        "series": [{"description": "Axial", "modality": {"code": "CT", "display": "Computed tomography"},
                    "numberOfInstances": 90}],
    },
    "ExplanationOfBenefit": {
        "status": "active", "type": words("Professional"), "use": "claim", "created": "2024-06-01",
        "billablePeriod": {"start": "2024-05-17"}, "outcome": "complete", "insurer": {"display": "Acme"},
        "provider": {"display": "Briar Glen"}, "payment": {"amount": {"value": 80, "currency": "USD"}},
        "item": [{"productOrService": words("Office visit"), "servicedDate": "2024-05-17",
                  "net": {"value": 100, "currency": "USD"}}],
        "total": [{"category": words("Submitted"), "amount": {"value": 100, "currency": "USD"}}],
    },
    "Specimen": {
        "status": "available", "type": words("Urine"), "collection": {"collectedDateTime": "2024-05-17"},
        "note": [{"text": "Clean catch"}],
    },
    "Task": {
        "status": "requested", "intent": "order", "description": "Refill of lisinopril", "requester": DOCTOR,
        "focus": {"display": "Lisinopril 10 mg tablet"}, "authoredOn": "2024-05-17", "lastModified": "2024-05-18",
    },
    "Consent": {
        "status": "active", "scope": words("Treatment"), "category": [words("Consent to treat")],
        "dateTime": "2024-05-17", "performer": [{"display": "Ada Example"}],
        "provision": {"type": "permit", "period": {"start": "2024"}},
    },
    "Provenance": {
        "recorded": "2024-05-17", "target": [{"display": "Progress note"}], "agent": [{"who": DOCTOR,
        "type": words("Author"), "onBehalfOf": {"display": "Briar Glen"}}],
    },
    "Composition": {
        "status": "final", "title": "Summary of care", "type": words("Summary"), "date": "2024-05-17",
        "author": [DOCTOR], "section": [{"title": "Problems", "entry": [{"display": "Asthma"}],
        "section": [{"title": "Past problems"}]}],
    },
    "Medication": {"code": words("Lisinopril 10 mg tablet"), "form": words("Tablet"), "ingredient": [
        {"itemCodeableConcept": words("Lisinopril"), "strength": {"numerator": amount(10, "mg"),
                                                                "denominator": amount(1, "tablet")}}]},
    "MedicationAdministration": {
        "status": "completed", "medicationCodeableConcept": words("Vaccine"), "effectiveDateTime": "2024-05-17",
        "dosage": {"dose": amount(0.5, "mL"), "route": words("Into muscle")}, "performer": [{"actor": DOCTOR}],
    },
    "Practitioner": {
        "name": [{"text": "Noor Example, MD"}], "telecom": [{"system": "phone", "value": "555-0101"}],
        "qualification": [{"code": words("Medical doctor"), "issuer": {"display": "State of Minnesota"}}],
    },
    "Organization": {"name": "Briar Glen Medical Group", "type": [words("Practice")], "active": True},
    "Location": {"status": "active", "name": "Main clinic", "type": [words("Clinic")],
                 "address": {"text": "1 High St, Ely"}},
    "Claim": {
        "status": "active", "type": words("Pharmacy"), "use": "claim", "created": "2024-06-01",
        "total": {"value": 12.5, "currency": "USD"}, "item": [{"productOrService": words("Lisinopril")}],
    },
}  # fmt: skip


def specimen(type_name: str) -> dict[str, Any]:
    """The record of a type, as a portal would serve it."""
    return {"resourceType": type_name, "id": "s1", **SPECIMENS[type_name]}
