"""Procedures: a table in SNOMED CT, and the Procedures of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import SNOMED, Json, coding, concept, profile
from portal_cli.sandbox.generator.times import at, stamp

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart


@dataclass(frozen=True)
class Operation:
    """Something done to the patient, in months before now; `is_old` keeps only the year."""

    procedure: str
    months_ago: float
    performer: str = "primary"
    reason: str = ""
    outcome: str = ""
    is_old: bool = False


PROCEDURES: dict[str, tuple[str, str, str]] = {
    "colonoscopy": ("73761001", "Colonoscopy", "Colonoscopy"),
    "appendectomy": ("80146002", "Excision of appendix", "Removal of the appendix"),
    "ecg": ("29303009", "Electrocardiographic procedure", "Electrocardiogram (ECG)"),
    "eye_exam": ("134395001", "Diabetic retinal screening", "Diabetic eye exam"),
    "foot_exam": ("401191002", "Diabetic foot examination", "Diabetic foot exam"),
    "spirometry": ("127783003", "Spirometry", "Lung function test (spirometry)"),
    "cataract_removal": ("54885007", "Extraction of cataract", "Cataract surgery"),
    "cardioversion": ("180325003", "Direct current cardioversion", "Electrical cardioversion"),
    "knee_replacement": ("609588000", "Total knee replacement", "Total knee replacement"),
    "cholecystectomy": ("38102005", "Cholecystectomy", "Removal of the gallbladder"),
    "echocardiography": ("433236007", "Transthoracic echocardiography", "Echocardiogram"),
}


def record_procedure(chart: Chart, operation: Operation) -> Json:
    """Add one completed Procedure."""
    code, display, text = PROCEDURES[operation.procedure]
    day = chart.day(operation.months_ago)
    start = at(day, 9, 30)
    when: Json = (
        {"performedDateTime": f"{day.year}"}
        if operation.is_old
        else {"performedPeriod": {"start": stamp(start), "end": stamp(start + timedelta(minutes=40))}}
    )
    reason = chart.references.get(operation.reason)
    resource = {
        "resourceType": "Procedure",
        "id": chart.next_id("Procedure"),
        "meta": profile("procedure"),
        "status": "completed",
        "code": concept(text, coding(SNOMED, code, display)),
        "subject": chart.subject,
        **when,
        "performer": [] if operation.is_old else [{"actor": chart.directory.refer(operation.performer)}],
        "reasonReference": [reason] if reason else [],
        "note": [{"text": operation.outcome}] if operation.outcome else [],
    }
    return chart.add(resource, text)
