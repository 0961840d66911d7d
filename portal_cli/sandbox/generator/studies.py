"""Imaging and heart studies as narrative DiagnosticReports: findings, impression, and the signed text."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import LOINC, Json, coding, concept, profile, text_attachment
from portal_cli.sandbox.generator.times import at, stamp

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart

WIDTH = 76
DEPARTMENTS = {"Radiology": "LP29684-5", "Cardiology": "LP29708-2"}
STUDIES: dict[str, tuple[str, str, str, str]] = {
    "chest_xray": ("36643-5", "XR Chest 2 Views", "Chest X-ray, 2 views", "Radiology"),
    "abdomen_ultrasound": ("24558-9", "US Abdomen", "Ultrasound of the abdomen", "Radiology"),
    "chest_ct": ("29252-4", "CT Chest WO contrast", "CT of the chest without contrast", "Radiology"),
    "head_ct": ("30799-1", "CT Head WO contrast", "CT of the head without contrast", "Radiology"),
    "bone_density": (
        "38269-7",
        "DXA Skeletal system Views for bone density",
        "Bone density scan (DXA)",
        "Radiology",
    ),
    "echocardiogram": ("34552-0", "Cardiac 2D echo panel", "Echocardiogram", "Cardiology"),
    "ecg": ("11524-6", "EKG study", "Electrocardiogram (ECG)", "Cardiology"),
}


@dataclass(frozen=True)
class Study:
    """One study in months before now; a finding reads `Region: what was seen`."""

    study: str
    months_ago: float
    indication: str
    technique: str
    findings: tuple[str, ...]
    impression: tuple[str, ...]
    status: str = "final"
    comparison: str = "None available."


def report_study(chart: Chart, study: Study) -> Json:
    """Add the DiagnosticReport of a study, with its text as an attachment."""
    loinc, display, text, department = STUDIES[study.study]
    taken = at(chart.day(study.months_ago), 10, 40)
    issued = min(taken + timedelta(hours=5, minutes=12), chart.now)
    reader = "radiologist" if department == "Radiology" else "cardiologist"
    title = f"{text}, {taken.date().isoformat()}"
    report = {
        "resourceType": "DiagnosticReport",
        "id": chart.next_id("DiagnosticReport"),
        "meta": profile("diagnosticreport-note"),
        "status": study.status,
        "category": [concept(department, coding(LOINC, DEPARTMENTS[department], department))],
        "code": concept(text, coding(LOINC, loinc, display)),
        "subject": chart.subject,
        "effectiveDateTime": stamp(taken),
        "issued": stamp(issued),
        "performer": [chart.directory.refer("hospital_organization")],
        "resultsInterpreter": [chart.directory.refer(reader)],
        "conclusion": " ".join(study.impression),
        "presentedForm": [text_attachment(title, _write(chart, study, title, reader), stamp(issued))],
    }
    return chart.add(report, text)


def _write(chart: Chart, study: Study, title: str, reader: str) -> str:
    numbered = [f"{number}. {line}" for number, line in enumerate(study.impression, start=1)]
    amended = (
        ["This report was amended after comparison with an earlier study.", ""] if study.status == "amended" else []
    )
    paragraphs = [
        title.upper(),
        "",
        *amended,
        f"INDICATION: {study.indication}",
        f"TECHNIQUE: {study.technique}",
        f"COMPARISON: {study.comparison}",
        "",
        "FINDINGS",
        *study.findings,
        "",
        "IMPRESSION",
        *numbered,
        "",
        f"Read and signed by {chart.directory.names[reader]}",
    ]
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in paragraphs) + "\n"
