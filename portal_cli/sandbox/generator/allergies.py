"""Allergies: a table of substances and reactions in SNOMED CT, and the AllergyIntolerances of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import SNOMED, Json, coding, concept, profile, term

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart


@dataclass(frozen=True)
class Allergy:
    """One allergy; `reaction` and `severity` are empty when nobody remembers them."""

    allergen: str
    months_ago: float
    reaction: str = ""
    severity: str = ""
    criticality: str = "low"
    note: str = ""
    is_confirmed: bool = True


# Category, SNOMED CT code and term, and the words a patient reads.
ALLERGENS: dict[str, tuple[str, str, str, str]] = {
    "penicillin": ("medication", "91936005", "Allergy to penicillin", "Penicillin"),
    "sulfonamide": ("medication", "91939003", "Allergy to sulfonamide", "Sulfa antibiotics"),
    "shellfish": ("food", "300913006", "Allergy to shellfish", "Shellfish"),
    "peanut": ("food", "91935009", "Allergy to peanut", "Peanut"),
    "grass_pollen": ("environment", "418689008", "Allergy to grass pollen", "Grass pollen"),
    "animal_dander": ("environment", "232347008", "Allergy to animal dander", "Cat dander"),
    "latex": ("environment", "1003755004", "Allergy to Hevea brasiliensis latex protein", "Latex"),
}
REACTIONS: dict[str, tuple[str, str]] = {
    "Hives": ("126485001", "Urticaria"),
    "Rash": ("271807003", "Eruption of skin"),
    "Anaphylaxis": ("39579001", "Anaphylaxis"),
    "Sneezing": ("76067001", "Sneezing"),
    "Wheezing": ("56018004", "Wheezing"),
    "Itching": ("418290006", "Itching"),
}


def record_allergy(chart: Chart, allergy: Allergy) -> Json:
    """Add one AllergyIntolerance."""
    category, code, finding, text = ALLERGENS[allergy.allergen]
    status = ("confirmed", "Confirmed") if allergy.is_confirmed else ("unconfirmed", "Unconfirmed")
    resource = {
        "resourceType": "AllergyIntolerance",
        "id": chart.next_id("AllergyIntolerance"),
        "meta": profile("allergyintolerance"),
        "clinicalStatus": term("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": term("allergyintolerance-verification", *status),
        "type": "allergy",
        "category": [category],
        "criticality": allergy.criticality,
        "code": concept(text, coding(SNOMED, code, finding)),
        "patient": chart.subject,
        "recordedDate": chart.day(allergy.months_ago).isoformat(),
        "recorder": chart.directory.refer("primary"),
        "note": [{"text": allergy.note}] if allergy.note else [],
        "reaction": [_reaction(allergy)] if allergy.reaction else [],
    }
    return chart.add(resource, text)


def _reaction(allergy: Allergy) -> Json:
    code, finding = REACTIONS[allergy.reaction]
    reaction: Json = {"manifestation": [concept(allergy.reaction, coding(SNOMED, code, finding))]}
    return reaction | ({"severity": allergy.severity} if allergy.severity else {})
