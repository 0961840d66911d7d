"""Background of a person: smoking, work, mood and family history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.conditions import DIAGNOSES
from portal_cli.sandbox.generator.fhir import LOINC, SNOMED, Json, coding, concept, profile, quantity, term
from portal_cli.sandbox.generator.times import at, stamp

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart

SMOKING = {
    "never": ("266919005", "Never smoked tobacco", "Never smoked"),
    "former": ("8517006", "Ex-smoker", "Former smoker"),
    "some days": ("428041000124106", "Occasional tobacco smoker", "Smokes on some days"),
}
RELATIVES = {"mother": "MTH", "father": "FTH", "brother": "BRO", "sister": "SIS"}


@dataclass(frozen=True)
class Relative:
    """A relative and the diagnosis they had, at an age when it is known."""

    relationship: str
    diagnosis: str
    onset_age: int | None = None
    has_died: bool = False


def record_smoking(chart: Chart, status: str, months_ago: float) -> Json:
    """Add a smoking status Observation."""
    code, display, text = SMOKING[status]
    return _record(
        chart,
        months_ago,
        "smokingstatus",
        {
            "category": [term("observation-category", "social-history", "Social History")],
            "code": concept("Smoking status", coding(LOINC, "72166-2", "Tobacco smoking status")),
            "valueCodeableConcept": concept(text, coding(SNOMED, code, display)),
        },
    )


def record_occupation(chart: Chart, occupation: str, months_ago: float) -> Json:
    """Add an occupation, which is only known in words."""
    return _record(
        chart,
        months_ago,
        "simple-observation",
        {
            "category": [term("observation-category", "social-history", "Social History")],
            "code": concept("Occupation", coding(LOINC, "11341-5", "History of Occupation")),
            "valueString": occupation,
        },
    )


def record_mood(chart: Chart, score: int, months_ago: float) -> Json:
    """Add the score of a two-question depression screen."""
    return _record(
        chart,
        months_ago,
        "observation-screening-assessment",
        {
            "category": [term("observation-category", "survey", "Survey")],
            "code": concept(
                "Depression screen (PHQ-2)",
                coding(LOINC, "55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]"),
            ),
            "valueQuantity": quantity(score, "points", "{score}"),
        },
    )


def record_family(chart: Chart, relative: Relative) -> Json:
    """Add one FamilyMemberHistory."""
    code = RELATIVES[relative.relationship]
    condition: Json = {"code": DIAGNOSES[relative.diagnosis].code}
    if relative.onset_age is not None:
        condition["onsetAge"] = quantity(relative.onset_age, "years", "a")
    history = {
        "resourceType": "FamilyMemberHistory",
        "id": chart.next_id("FamilyMemberHistory"),
        "status": "completed",
        "patient": chart.subject,
        "date": chart.day(24).isoformat(),
        "relationship": term("v3-RoleCode", code, relative.relationship),
        "deceasedBoolean": relative.has_died,
        "condition": [condition],
    }
    return chart.add(history, relative.relationship)


def _record(chart: Chart, months_ago: float, profile_name: str, elements: Json) -> Json:
    moment = stamp(at(chart.day(months_ago), 9, 5))
    return chart.add(
        {
            "resourceType": "Observation",
            "id": chart.next_id("Observation"),
            "meta": profile(profile_name),
            "status": "final",
            "category": elements["category"],
            "code": elements["code"],
            "subject": chart.subject,
            "effectiveDateTime": moment,
            "issued": moment,
            "performer": [chart.directory.refer("nurse")],
        }
        | elements
    )
