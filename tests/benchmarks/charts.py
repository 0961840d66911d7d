"""Charts of any size: each resource follows from its type, number and version alone, and is about 1.65 KB of JSON."""

from __future__ import annotations

import json
import random
from typing import Any

PATIENT = "p1"
STREAMS = (
    "Observation", "Condition", "DiagnosticReport", "Encounter", "Immunization", "MedicationRequest", "Procedure",
    "AllergyIntolerance",
)  # fmt: skip
MANY_STREAMS = (
    *STREAMS, "Appointment", "CarePlan", "CareTeam", "Communication", "Coverage", "Device", "DocumentReference",
    "FamilyMemberHistory", "Goal", "MedicationDispense", "QuestionnaireResponse", "ServiceRequest",
)  # fmt: skip
_LAB = "http://terminology.hl7.org/CodeSystem/observation-category"
_ANALYTES = tuple(
    (f"{2000 + 7 * number}-{number % 10}", f"{name} [{what}] in {where}", unit)
    for number, (name, unit, what, where) in enumerate(
        (name, unit, what, where)
        for name, unit in (
            ("Sodium", "mmol/L"), ("Glucose", "mg/dL"), ("Leukocytes", "10*3/uL"), ("Ferritin", "ng/mL"),
            ("Creatinine", "mg/dL"), ("Bilirubin", "umol/L"), ("Hemoglobin", "g/dL"), ("Albumin", "g/L"),
        )
        for what in ("Mass/volume", "Moles/volume", "Presence")
        for where in ("Serum or Plasma", "Blood", "Urine by Test strip")
    )
)  # fmt: skip
_STEMS = ("cardi", "nephr", "hepat", "dermat", "neur", "gastr", "oste", "pulmon", "rhin", "my", "angi", "arthr")
_ENDINGS = ("itis", "opathy", "ology", "ectomy", "ogram", "oscopy", "algia", "osis", "ic", "ostomy", "plasty", "emia")
_WORDS = tuple(f"{stem}{ending}" for stem in _STEMS for ending in _ENDINGS)


def patient() -> bytes:
    """The patient that all of it belongs to."""
    return _written(
        {"resourceType": "Patient", "id": PATIENT, "name": [{"use": "official", "family": "Example", "given": ["Ada"]}]}
    )


def resource(type_name: str, number: int, version: int = 1, updated: str | None = None) -> bytes:
    """The bytes of one resource, as a portal without a taste for spaces serves them."""
    dice = random.Random(f"{type_name}/{number}")
    found = {"resourceType": type_name, **_shared(dice, version, updated)}
    found |= _observation(dice) if type_name == "Observation" else _other(dice, type_name)
    found["extension"] = [_extension(dice) for _ in range(2)]
    return _written(found)


def _written(found: dict[str, Any]) -> bytes:
    return json.dumps(found, separators=(",", ":")).encode()


def _shared(dice: random.Random, version: int, updated: str | None) -> dict[str, Any]:
    chance = f"{dice.getrandbits(128):032x}"
    return {
        "id": "-".join((chance[:8], chance[8:12], chance[12:16], chance[16:20], chance[20:])),
        "meta": {
            "versionId": str(version),
            "lastUpdated": updated or f"{_day(dice)}T{dice.randint(10, 23)}:{dice.randint(10, 59)}:00.000Z",
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-clinical-result"],
        },
        "identifier": [
            {"use": "official", "system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.798268", "value": str(dice.random())[2:]}
        ],
    }


def _observation(dice: random.Random) -> dict[str, Any]:
    code, name, unit = dice.choice(_ANALYTES)
    low = dice.randint(1, 40)
    at = f"{_day(dice)}T{dice.randint(10, 23)}:{dice.randint(10, 59)}:00-05:00"
    measure = {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {
        "status": "final",
        "category": [{"coding": [{"system": _LAB, "code": "laboratory", "display": "Laboratory"}], "text": "Lab"}],
        "code": {
            "coding": [
                {"system": "http://loinc.org", "code": code, "display": name},
                {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.0", "code": str(dice.randint(10**6, 10**7))},
            ],
            "text": name.upper(),
        },
        **_context(dice),
        "effectiveDateTime": at,
        "issued": at,
        "performer": [_clinician(dice), {"reference": "Organization/o1", "display": "Example Laboratory"}],
        "valueQuantity": {"value": round(dice.lognormvariate(3, 1), 2), **measure},
        "referenceRange": [
            {
                "low": {"value": low, **measure},
                "high": {"value": low + 40.5, **measure},
                "text": f"{low} - {low + 40.5} {unit}",
            }
        ],
        "note": [{"text": _sentence(dice, 2, 8)}],
    }


def _other(dice: random.Random, type_name: str) -> dict[str, Any]:
    what = _sentence(dice, 2, 4)
    concept = {
        "coding": [
            {"system": "http://snomed.info/sct", "code": str(dice.randint(10**6, 10**9)), "display": what},
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": f"{dice.choice('ABCDEF')}{dice.randint(10, 99)}.9"},
        ],
        "text": what.capitalize(),
    }
    day = _day(dice)
    period = {"start": f"{day}T09:30:00Z", "end": f"{day}T10:15:00Z"}
    state = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    note = {"note": [{"authorString": "Example, MD", "time": f"{day}T12:00:00Z", "text": _sentence(dice, 10, 60)}]}
    who, other, about = _clinician(dice), _clinician(dice), _context(dice)
    patient = {"patient": about["subject"], "encounter": about["encounter"]}
    actors = {"performer": [{"actor": who}, {"actor": other}]}
    shapes: dict[str, dict[str, Any]] = {
        "Condition": {
            "clinicalStatus": state, "code": concept, **about, "onsetPeriod": period, "recordedDate": day,
            "recorder": who, "asserter": other, **note,
        },
        "DiagnosticReport": {
            "status": "final", "code": concept, **about, "effectiveDateTime": period["start"],
            "performer": [who, other], "conclusion": _sentence(dice, 10, 60),
        },
        "Encounter": {
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [concept], "subject": about["subject"], "participant": [{"individual": who}, {"individual": other}],
            "period": period, "reasonCode": [{"text": _sentence(dice, 10, 60)}],
        },
        "Immunization": {
            "status": "completed", "vaccineCode": concept, **patient, "occurrenceDateTime": period["start"],
            "lotNumber": str(dice.randint(10**6, 10**7)), **actors, **note,
        },
        "MedicationRequest": {
            "status": "active", "intent": "order", "medicationCodeableConcept": concept, **about, "authoredOn": day,
            "requester": who, "recorder": other, "dosageInstruction": [{"text": _sentence(dice, 3, 8)}], **note,
        },
        "AllergyIntolerance": {
            "clinicalStatus": state, "code": concept, **patient, "recordedDate": day, "recorder": who,
            "asserter": other, "reaction": [{"manifestation": [{"text": _sentence(dice, 1, 3)}]}], **note,
        },
    }  # fmt: skip
    return shapes.get(
        type_name, {"status": "completed", "code": concept, **about, "performedPeriod": period, **actors, **note}
    )


def _context(dice: random.Random) -> dict[str, Any]:
    return {
        "subject": {"reference": f"Patient/{PATIENT}", "display": "Ada Example"},
        "encounter": {"reference": f"Encounter/{dice.getrandbits(64):016x}", "display": "Office visit"},
    }


def _clinician(dice: random.Random) -> dict[str, Any]:
    return {"reference": f"Practitioner/dr{dice.randint(1, 40)}", "display": f"{dice.choice(_WORDS).title()} Test, MD"}


def _extension(dice: random.Random) -> dict[str, Any]:
    return {
        "url": "http://portal.example/fhir/StructureDefinition/accession-number",
        "valueString": f"{dice.getrandbits(48):012x}",
    }


def _sentence(dice: random.Random, least: int, most: int) -> str:
    return " ".join(dice.choices(_WORDS, k=dice.randint(least, most)))


def _day(dice: random.Random) -> str:
    return f"{dice.randint(1996, 2025)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
