"""The smaller categories of Observations, as rows: what was asked or seen, and what can come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import LOINC, US_CORE, coding, concept, term

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.fhir import Json


@dataclass(frozen=True)
class Finding:
    """One kind of Observation: its value is one of `words`, or a whole number in `span` when it has a unit."""

    category: Json
    code: Json
    words: tuple[str, ...] = ()
    span: tuple[int, int] = (0, 0)
    unit: str = ""
    ucum: str = ""


_STANDARD = {
    "social-history": "Social History",
    "survey": "Survey",
    "exam": "Exam",
    "imaging": "Imaging",
    "procedure": "Procedure",
    "therapy": "Therapy",
    "activity": "Activity",
}
_US_CORE = {"functional-status": "Functional Status", "sdoh": "SDOH"}


def _category(code: str) -> Json:
    if code in _STANDARD:
        return term("observation-category", code, _STANDARD[code])
    return concept(_US_CORE[code], coding(US_CORE + "CodeSystem/us-core-category", code, _US_CORE[code]))


def _worded(category: str, loinc: str, display: str, *words: str) -> Finding:
    return Finding(_category(category), concept(display, coding(LOINC, loinc, display)), words)


def _counted(category: str, loinc: str, display: str, span: tuple[int, int], unit: str) -> Finding:
    printed, _, ucum = unit.partition("=")
    code = concept(display, coding(LOINC, loinc, display))
    return Finding(_category(category), code, span=span, unit=printed, ucum=ucum)


FINDINGS: dict[str, tuple[Finding, ...]] = {
    "social-history": (
        _worded("social-history", "72166-2", "Tobacco smoking status", "Never smoked", "Former smoker"),
        _worded("social-history", "11331-6", "History of Alcohol use", "None", "A glass of wine at the weekend"),
        _worded("social-history", "11341-5", "History of Occupation", "Teacher", "Carpenter", "Retired"),
    ),
    "survey": (
        _counted("survey", "55758-7", "Patient Health Questionnaire 2 item total score", (0, 4), "points={score}"),
        _counted("survey", "44261-6", "Patient Health Questionnaire 9 item total score", (0, 14), "points={score}"),
        _counted("survey", "70274-6", "Generalized anxiety disorder 7 item total score", (0, 12), "points={score}"),
    ),
    "exam": (
        _worded("exam", "32451-7", "Physical findings of General status", "Well, in no distress", "Tired"),
        _worded("exam", "10200-4", "Physical findings of Heart", "Regular, no murmur", "Soft systolic murmur"),
        _worded("exam", "10207-9", "Physical findings of Thorax and Lungs", "Clear on both sides", "Mild wheeze"),
    ),
    "imaging": (
        _worded("imaging", "18782-3", "Radiology Study observation (narrative)", "No change", "No acute finding"),
        _counted("imaging", "10230-1", "Left ventricular Ejection fraction", (45, 68), "%=%"),
    ),
    "procedure": (_worded("procedure", "59776-5", "Procedure findings Narrative", "Nothing unexpected was found"),),
    "therapy": (_worded("therapy", "11508-9", "Physical therapy Progress note", "Walks further", "Same as before"),),
    "activity": (
        _counted("activity", "55423-8", "Number of steps in unspecified time Pedometer", (900, 14000), "steps={steps}"),
        _counted("activity", "89574-8", "Moderate to vigorous physical activity", (0, 320), "min/wk=min/wk"),
    ),
    "functional-status": (
        _worded("functional-status", "75246-9", "Speech, language and hearing status", "No difficulty", "Hears poorly"),
    ),
    "sdoh": (
        _worded("sdoh", "71802-3", "Housing status", "I have a steady place to live"),
        _worded("sdoh", "88122-7", "Worried about running out of food", "Never true", "Sometimes true"),
    ),
}
