"""The laboratory analytes: LOINC code, UCUM unit, precision and reference range of each."""

from __future__ import annotations

from portal_cli.sandbox.generator.ranges import Analyte, Span


def _test(names: str, unit: str, decimals: int, low: str | None, high: str | None, **more: str) -> Analyte:
    """Read `LOINC|long name|short name`, a unit `printed=ucum`, and one range for both sexes."""
    loinc, display, text = names.split("|")
    printed, _, ucum = unit.partition("=")
    span = Span(low, high)
    return Analyte(
        loinc=loinc,
        display=display,
        text=text,
        unit=printed,
        ucum=ucum or printed,
        decimals=decimals,
        female=span,
        male=Span(more.get("male_low", low or "") or None, more.get("male_high", high or "") or None),
        alert=Span(more.get("alert_low"), more.get("alert_high")),
        detection_limit=more.get("detection_limit"),
    )


_SERUM = "in Serum or Plasma"
_CALL = {
    "potassium": {"alert_low": "2.8", "alert_high": "6.2"},
    "sodium": {"alert_low": "120", "alert_high": "160"},
}

ANALYTES: dict[str, Analyte] = {
    "glucose": _test(f"2345-7|Glucose [Mass/volume] {_SERUM}|Glucose", "mg/dL", 0, "65", "99", alert_high="450"),
    "urea": _test(f"3094-0|Urea nitrogen [Mass/volume] {_SERUM}|Urea nitrogen (BUN)", "mg/dL", 0, "7", "25"),
    "creatinine": _test(
        f"2160-0|Creatinine [Mass/volume] {_SERUM}|Creatinine",
        "mg/dL",
        2,
        "0.50",
        "1.05",
        male_low="0.70",
        male_high="1.30",
    ),
    "egfr": _test(
        "98979-8|Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood "
        "by Creatinine-based formula (CKD-EPI 2021)|eGFR",
        "mL/min/1.73 m²=mL/min/{1.73_m2}",
        0,
        "60",
        None,
        alert_low="15",
    ),
    "sodium": _test(f"2951-2|Sodium [Moles/volume] {_SERUM}|Sodium", "mmol/L", 0, "135", "146", **_CALL["sodium"]),
    "potassium": _test(
        f"2823-3|Potassium [Moles/volume] {_SERUM}|Potassium", "mmol/L", 1, "3.5", "5.3", **_CALL["potassium"]
    ),
    "chloride": _test(f"2075-0|Chloride [Moles/volume] {_SERUM}|Chloride", "mmol/L", 0, "98", "110"),
    "bicarbonate": _test(
        f"2028-9|Carbon dioxide, total [Moles/volume] {_SERUM}|Carbon dioxide", "mmol/L", 0, "20", "32"
    ),
    "calcium": _test(f"17861-6|Calcium [Mass/volume] {_SERUM}|Calcium", "mg/dL", 1, "8.6", "10.3"),
    "protein": _test(f"2885-2|Protein [Mass/volume] {_SERUM}|Total protein", "g/dL", 1, "6.1", "8.1"),
    "albumin": _test(f"1751-7|Albumin [Mass/volume] {_SERUM}|Albumin", "g/dL", 1, "3.6", "5.1"),
    "bilirubin": _test(f"1975-2|Bilirubin.total [Mass/volume] {_SERUM}|Total bilirubin", "mg/dL", 1, "0.2", "1.2"),
    "alp": _test(
        f"6768-6|Alkaline phosphatase [Enzymatic activity/volume] {_SERUM}|Alkaline phosphatase",
        "U/L",
        0,
        "36",
        "130",
    ),
    "ast": _test(f"1920-8|Aspartate aminotransferase [Enzymatic activity/volume] {_SERUM}|AST", "U/L", 0, "10", "35"),
    "alt": _test(
        f"1742-6|Alanine aminotransferase [Enzymatic activity/volume] {_SERUM}|ALT",
        "U/L",
        0,
        "6",
        "29",
        male_low="9",
        male_high="46",
    ),
    "hba1c": _test(
        "4548-4|Hemoglobin A1c/Hemoglobin.total in Blood|Hemoglobin A1c",
        "%",
        1,
        "4.0",
        "5.6",
        alert_high="14.0",
    ),
    "cholesterol": _test(f"2093-3|Cholesterol [Mass/volume] {_SERUM}|Total cholesterol", "mg/dL", 0, None, "199"),
    "triglyceride": _test(f"2571-8|Triglyceride [Mass/volume] {_SERUM}|Triglycerides", "mg/dL", 0, None, "149"),
    "hdl": _test(
        f"2085-9|Cholesterol in HDL [Mass/volume] {_SERUM}|HDL cholesterol",
        "mg/dL",
        0,
        "50",
        None,
        male_low="40",
    ),
    "ldl": _test(
        f"13457-7|Cholesterol in LDL [Mass/volume] {_SERUM} by calculation|LDL cholesterol (calculated)",
        "mg/dL",
        0,
        None,
        "99",
    ),
    "non_hdl": _test(
        f"43396-1|Cholesterol non HDL [Mass/volume] {_SERUM}|Non-HDL cholesterol", "mg/dL", 0, None, "129"
    ),
    "wbc": _test(
        "6690-2|Leukocytes [#/volume] in Blood by Automated count|White blood cells",
        "10³/µL=10*3/uL",
        1,
        "3.8",
        "10.8",
    ),
    "rbc": _test(
        "789-8|Erythrocytes [#/volume] in Blood by Automated count|Red blood cells",
        "10⁶/µL=10*6/uL",
        2,
        "3.80",
        "5.10",
        male_low="4.20",
        male_high="5.80",
    ),
    "hemoglobin": _test(
        "718-7|Hemoglobin [Mass/volume] in Blood|Hemoglobin",
        "g/dL",
        1,
        "11.7",
        "15.5",
        male_low="13.2",
        male_high="17.1",
        alert_low="7.0",
    ),
    "hematocrit": _test(
        "4544-3|Hematocrit [Volume Fraction] of Blood by Automated count|Hematocrit",
        "%",
        1,
        "35.0",
        "45.0",
        male_low="38.5",
        male_high="50.0",
    ),
    "mcv": _test("787-2|MCV [Entitic mean volume] in Red Blood Cells by Automated count|MCV", "fL", 1, "80.0", "100.0"),
    "mch": _test("785-6|MCH [Entitic mass] by Automated count|MCH", "pg", 1, "27.0", "33.0"),
    "mchc": _test(
        "786-4|MCHC [Entitic Mass/volume] in Red Blood Cells by Automated count|MCHC",
        "g/dL",
        1,
        "31.0",
        "36.5",
    ),
    "rdw": _test("788-0|Erythrocyte [DistWidth] in Blood by Automated count|RDW", "%", 1, "11.0", "15.0"),
    "platelets": _test(
        "777-3|Platelets [#/volume] in Blood by Automated count|Platelets", "10³/µL=10*3/uL", 0, "140", "400"
    ),
    "eosinophils": _test(
        "711-2|Eosinophils [#/volume] in Blood by Automated count|Eosinophils",
        "10³/µL=10*3/uL",
        2,
        "0.02",
        "0.50",
    ),
    "urine_albumin": _test(
        "14957-5|Microalbumin [Mass/volume] in Urine|Urine albumin",
        "mg/dL",
        1,
        None,
        "1.9",
        detection_limit="0.5",
    ),
    "urine_creatinine": _test("2161-8|Creatinine [Mass/volume] in Urine|Urine creatinine", "mg/dL", 0, "20", "320"),
    "albumin_ratio": _test(
        "14959-1|Microalbumin/Creatinine [Mass Ratio] in Urine|Albumin/creatinine ratio",
        "mg/g",
        0,
        None,
        "29",
    ),
    "tsh": _test(f"3016-3|Thyrotropin [Units/volume] {_SERUM}|TSH", "mIU/L=m[IU]/L", 2, "0.40", "4.50"),
    "thyroxine": _test(f"3024-7|Thyroxine (T4) free [Mass/volume] {_SERUM}|Free T4", "ng/dL", 1, "0.8", "1.8"),
    "inr": _test(
        "6301-6|INR in Platelet poor plasma by Coagulation assay|INR",
        "ratio={INR}",
        1,
        "0.9",
        "1.1",
        alert_high="5.0",
    ),
    "prothrombin": _test("5902-2|Prothrombin time (PT)|Prothrombin time", "s", 1, "9.0", "11.5"),
    "nt_probnp": _test(
        f"33762-6|Natriuretic peptide.B prohormone N-Terminal [Mass/volume] {_SERUM}|NT-proBNP",
        "pg/mL",
        0,
        None,
        "450",
        detection_limit="36",
    ),
    "ferritin": _test(
        f"2276-4|Ferritin [Mass/volume] {_SERUM}|Ferritin",
        "ng/mL",
        0,
        "16",
        "232",
        male_low="38",
        male_high="380",
    ),
    "phosphate": _test(f"2777-1|Phosphate [Mass/volume] {_SERUM}|Phosphorus", "mg/dL", 1, "2.1", "4.3"),
    "pth": _test(f"2731-8|Parathyrin.intact [Mass/volume] {_SERUM}|Parathyroid hormone", "pg/mL", 0, "16", "77"),
    "urate": _test(
        f"3084-1|Urate [Mass/volume] {_SERUM}|Uric acid",
        "mg/dL",
        1,
        "2.5",
        "7.0",
        male_low="4.0",
        male_high="8.0",
    ),
    "vitamin_d": _test(
        f"62292-8|25-Hydroxyvitamin D2+D3 [Mass/volume] {_SERUM}|Vitamin D, 25-hydroxy",
        "ng/mL",
        0,
        "30",
        "100",
    ),
    "vitamin_b12": _test(
        f"2132-9|Cobalamin (Vitamin B12) [Mass/volume] {_SERUM}|Vitamin B12", "pg/mL", 0, "200", "1100"
    ),
    "troponin": _test(
        f"6598-7|Troponin T.cardiac [Mass/volume] {_SERUM}|Troponin T",
        "ng/mL",
        2,
        None,
        "0.03",
        detection_limit="0.01",
    ),
    "urine_gravity": _test("2965-2|Specific gravity of Urine|Specific gravity", "=1", 3, "1.001", "1.035"),
    "urine_ph": _test("2756-5|pH of Urine|pH", "=[pH]", 1, "5.0", "8.0"),
}
