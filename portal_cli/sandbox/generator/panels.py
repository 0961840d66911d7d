"""The panels a laboratory reports together, and its tests that answer in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """A LOINC panel and the tests in it, by their keys in ANALYTES or WORDED_TESTS."""

    loinc: str
    display: str
    text: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class WordedTest:
    """A test whose result is a word; the first answer is the expected one."""

    loinc: str
    display: str
    text: str
    answers: tuple[str, ...]


_KIDNEY_AND_SALTS = (
    "urea",
    "creatinine",
    "egfr",
    "sodium",
    "potassium",
    "chloride",
    "bicarbonate",
    "calcium",
)
_NEGATIVE = ("Negative", "Trace", "1+")

PANELS: dict[str, Panel] = {
    "bmp": Panel(
        "24321-2",
        "Basic metabolic 2000 panel - Serum or Plasma",
        "Basic metabolic panel",
        ("glucose", *_KIDNEY_AND_SALTS),
    ),
    "cmp": Panel(
        "24323-8",
        "Comprehensive metabolic 2000 panel - Serum or Plasma",
        "Comprehensive metabolic panel",
        ("glucose", *_KIDNEY_AND_SALTS, "protein", "albumin", "bilirubin", "alp", "ast", "alt"),
    ),
    "cbc": Panel(
        "58410-2",
        "CBC panel - Blood by Automated count",
        "Complete blood count",
        ("wbc", "rbc", "hemoglobin", "hematocrit", "mcv", "mch", "mchc", "rdw", "platelets"),
    ),
    "cbc_eosinophils": Panel(
        "57021-8",
        "CBC W Auto Differential panel - Blood",
        "Complete blood count with differential",
        ("wbc", "rbc", "hemoglobin", "hematocrit", "mcv", "mch", "mchc", "rdw", "platelets", "eosinophils"),
    ),
    "lipids": Panel(
        "24331-1",
        "Lipid 1996 panel - Serum or Plasma",
        "Lipid panel",
        ("cholesterol", "triglyceride", "hdl", "ldl", "non_hdl"),
    ),
    "hba1c": Panel("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "Hemoglobin A1c", ("hba1c",)),
    "urine_albumin": Panel(
        "34535-5",
        "Microalbumin/Creatinine panel [Mass Ratio] - Urine",
        "Urine albumin and creatinine",
        ("urine_albumin", "urine_creatinine", "albumin_ratio"),
    ),
    "thyroid": Panel("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "Thyroid function", ("tsh",)),
    "thyroid_full": Panel(
        "24348-5",
        "Free T4 and TSH panel - Serum or Plasma",
        "Thyroid function with free T4",
        ("tsh", "thyroxine"),
    ),
    "coagulation": Panel(
        "34528-0",
        "PT panel - Platelet poor plasma by Coagulation assay",
        "Prothrombin time and INR",
        ("prothrombin", "inr"),
    ),
    "nt_probnp": Panel(
        "33762-6",
        "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma",
        "NT-proBNP",
        ("nt_probnp",),
    ),
    "ferritin": Panel("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "Ferritin", ("ferritin",)),
    "troponin": Panel("6598-7", "Troponin T.cardiac [Mass/volume] in Serum or Plasma", "Troponin T", ("troponin",)),
    "bone_minerals": Panel(
        "62292-8",
        "25-Hydroxyvitamin D2+D3 [Mass/volume] in Serum or Plasma",
        "Kidney and bone minerals",
        ("phosphate", "pth", "vitamin_d"),
    ),
    "urate": Panel("3084-1", "Urate [Mass/volume] in Serum or Plasma", "Uric acid", ("urate",)),
    "vitamin_b12": Panel(
        "2132-9", "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma", "Vitamin B12", ("vitamin_b12",)
    ),
    "urinalysis": Panel(
        "24357-6",
        "Urinalysis macro (dipstick) panel - Urine",
        "Urinalysis",
        (
            "urine_color",
            "urine_clarity",
            "urine_gravity",
            "urine_ph",
            "urine_glucose",
            "urine_protein",
            "urine_blood",
            "urine_nitrite",
        ),
    ),
    "urine_culture": Panel("630-4", "Bacteria identified in Urine by Culture", "Urine culture", ("urine_culture",)),
    "covid": Panel(
        "94500-6",
        "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection",
        "COVID-19 PCR",
        ("covid",),
    ),
}

WORDED_TESTS: dict[str, WordedTest] = {
    "urine_color": WordedTest("5778-6", "Color of Urine", "Color", ("Yellow", "Pale yellow")),
    "urine_clarity": WordedTest("5767-9", "Appearance of Urine", "Appearance", ("Clear", "Slightly cloudy")),
    "urine_glucose": WordedTest("5792-7", "Glucose [Mass/volume] in Urine by Test strip", "Glucose", _NEGATIVE),
    "urine_protein": WordedTest("5804-0", "Protein [Mass/volume] in Urine by Test strip", "Protein", _NEGATIVE),
    "urine_blood": WordedTest("5794-3", "Hemoglobin [Presence] in Urine by Test strip", "Blood", _NEGATIVE),
    "urine_nitrite": WordedTest(
        "5802-4", "Nitrite [Presence] in Urine by Test strip", "Nitrite", ("Negative", "Positive")
    ),
    "urine_culture": WordedTest(
        "630-4",
        "Bacteria identified in Urine by Culture",
        "Urine culture",
        ("No growth at 24 hours; final report to follow", "No growth after 48 hours", "Mixed skin bacteria"),
    ),
    "covid": WordedTest(
        "94500-6",
        "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection",
        "COVID-19 PCR",
        ("Not detected",),
    ),
}
