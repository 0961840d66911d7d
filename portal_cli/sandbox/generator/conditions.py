"""Conditions: a table of diagnoses in SNOMED CT and ICD-10-CM, and the Conditions of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import (
    ICD10,
    SNOMED,
    Json,
    coding,
    concept,
    profile,
    term,
)

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart


@dataclass(frozen=True)
class Diagnosis:
    """One diagnosis: SNOMED CT code and term, ICD-10-CM code and term, and the words a patient reads."""

    snomed: str
    finding: str
    icd10: str
    title: str
    text: str

    @property
    def code(self) -> Json:
        """The CodeableConcept with both codings."""
        return concept(self.text, coding(SNOMED, self.snomed, self.finding), coding(ICD10, self.icd10, self.title))


@dataclass(frozen=True)
class Problem:
    """A diagnosis in one chart, in months before now; `is_old` keeps only the month of its onset."""

    diagnosis: str
    onset: float
    abated: float | None = None
    is_old: bool = False
    category: str = "problem-list-item"
    note: str = ""
    severity: str = ""


DIAGNOSES: dict[str, Diagnosis] = {
    "hypertension": Diagnosis(
        "59621000", "Essential hypertension", "I10", "Essential (primary) hypertension", "High blood pressure"
    ),
    "diabetes": Diagnosis(
        "44054006",
        "Diabetes mellitus type 2",
        "E11.9",
        "Type 2 diabetes mellitus without complications",
        "Type 2 diabetes",
    ),
    "prediabetes": Diagnosis("15777000", "Prediabetes", "R73.03", "Prediabetes", "Prediabetes"),
    "hyperlipidemia": Diagnosis(
        "55822004", "Hyperlipidemia", "E78.5", "Hyperlipidemia, unspecified", "High cholesterol"
    ),
    "obesity": Diagnosis("414916001", "Obesity", "E66.9", "Obesity, unspecified", "Obesity"),
    "fatty_liver": Diagnosis(
        "197321007",
        "Steatosis of liver",
        "K76.0",
        "Fatty (change of) liver, not elsewhere classified",
        "Fatty liver",
    ),
    "bronchitis": Diagnosis(
        "10509002", "Acute bronchitis", "J20.9", "Acute bronchitis, unspecified", "Acute bronchitis"
    ),
    "back_pain": Diagnosis("279039007", "Low back pain", "M54.50", "Low back pain, unspecified", "Low back pain"),
    "appendicitis": Diagnosis(
        "74400008", "Appendicitis", "K37", "Unspecified appendicitis", "Appendicitis (appendix removed)"
    ),
    "anxiety": Diagnosis("197480006", "Anxiety disorder", "F41.9", "Anxiety disorder, unspecified", "Anxiety"),
    "asthma": Diagnosis(
        "426979002", "Mild persistent asthma", "J45.30", "Mild persistent asthma, uncomplicated", "Asthma"
    ),
    "rhinitis": Diagnosis(
        "367498001", "Seasonal allergic rhinitis", "J30.2", "Other seasonal allergic rhinitis", "Hay fever"
    ),
    "iron_deficiency": Diagnosis(
        "87522002",
        "Iron deficiency anemia",
        "D50.9",
        "Iron deficiency anemia, unspecified",
        "Iron deficiency anemia",
    ),
    "forearm_fracture": Diagnosis(
        "65966004",
        "Fracture of forearm",
        "S52.90XA",
        "Unspecified fracture of unspecified forearm, initial encounter for closed fracture",
        "Broken forearm, childhood",
    ),
    "kidney_disease_3": Diagnosis(
        "433144002",
        "Chronic kidney disease stage 3",
        "N18.30",
        "Chronic kidney disease, stage 3 unspecified",
        "Chronic kidney disease, stage 3",
    ),
    "fibrillation": Diagnosis(
        "282825002",
        "Paroxysmal atrial fibrillation",
        "I48.0",
        "Paroxysmal atrial fibrillation",
        "Atrial fibrillation, comes and goes",
    ),
    "hypothyroidism": Diagnosis(
        "40930008", "Hypothyroidism", "E03.9", "Hypothyroidism, unspecified", "Underactive thyroid"
    ),
    "knee_arthritis": Diagnosis(
        "239873007",
        "Osteoarthritis of knee",
        "M17.9",
        "Osteoarthritis of knee, unspecified",
        "Arthritis of the knee",
    ),
    "heart_failure": Diagnosis(
        "446221000",
        "Heart failure with normal ejection fraction",
        "I50.32",
        "Chronic diastolic (congestive) heart failure",
        "Heart failure with preserved ejection fraction",
    ),
    "reflux": Diagnosis(
        "235595009",
        "Gastroesophageal reflux disease",
        "K21.9",
        "Gastro-esophageal reflux disease without esophagitis",
        "Acid reflux",
    ),
    "gout": Diagnosis("90560007", "Gout", "M10.9", "Gout, unspecified", "Gout"),
    "cataract": Diagnosis("193570009", "Cataract", "H26.9", "Unspecified cataract", "Cataract"),
    "anemia": Diagnosis(
        "234347009",
        "Anemia of chronic disorder",
        "D63.1",
        "Anemia in chronic kidney disease",
        "Anemia from kidney disease",
    ),
    "pneumonia": Diagnosis("233604007", "Pneumonia", "J18.9", "Pneumonia, unspecified organism", "Pneumonia"),
    "urinary_infection": Diagnosis(
        "68566005",
        "Urinary tract infectious disease",
        "N39.0",
        "Urinary tract infection, site not specified",
        "Urinary tract infection",
    ),
    "hearing_loss": Diagnosis(
        "15188001", "Hearing loss", "H91.90", "Unspecified hearing loss, unspecified ear", "Hearing loss"
    ),
    "gallstones": Diagnosis(
        "235919008",
        "Gallbladder calculus",
        "K80.20",
        "Calculus of gallbladder without cholecystitis",
        "Gallstones",
    ),
    "osteopenia": Diagnosis(
        "312894000", "Osteopenia", "M85.80", "Other specified disorders of bone density", "Low bone density"
    ),
    "shingles": Diagnosis("4740000", "Herpes zoster", "B02.9", "Zoster without complications", "Shingles"),
}


def record_problem(chart: Chart, problem: Problem) -> Json:
    """Add one Condition and remember its Reference under the diagnosis."""
    diagnosis = DIAGNOSES[problem.diagnosis]
    onset = chart.day(problem.onset)
    is_resolved = problem.abated is not None
    status = ("resolved", "Resolved") if is_resolved else ("active", "Active")
    names = {"problem-list-item": "Problem List Item", "encounter-diagnosis": "Encounter Diagnosis"}
    condition = {
        "resourceType": "Condition",
        "id": chart.next_id("Condition"),
        "meta": profile(
            "condition-encounter-diagnosis"
            if problem.category == "encounter-diagnosis"
            else "condition-problems-health-concerns"
        ),
        "clinicalStatus": term("condition-clinical", *status),
        "verificationStatus": term("condition-ver-status", "confirmed", "Confirmed"),
        "category": [term("condition-category", problem.category, names[problem.category])],
        "severity": _severity(problem.severity),
        "code": diagnosis.code,
        "subject": chart.subject,
        "onsetDateTime": onset.strftime("%Y-%m") if problem.is_old else onset.isoformat(),
        "abatementDateTime": chart.day(problem.abated).isoformat() if problem.abated is not None else "",
        "recordedDate": onset.isoformat(),
        "recorder": chart.directory.refer("primary"),
        "note": [{"text": problem.note}] if problem.note else [],
    }
    chart.references[problem.diagnosis] = chart.add(condition, diagnosis.text)
    return chart.references[problem.diagnosis]


def _severity(name: str) -> Json:
    codes = {"Mild": "255604002", "Moderate": "6736007", "Severe": "24484000"}
    return concept(name, coding(SNOMED, codes[name], name)) if name else {}
