"""What was ordered and what was taken for it: ServiceRequests and Specimens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import PRACTICE, SNOMED, Json, coding, concept, profile, without_gaps
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

CATEGORIES = {
    "laboratory": ("108252007", "Laboratory procedure", "Laboratory"),
    "imaging": ("363679005", "Imaging", "Imaging"),
    "referral": ("3457005", "Patient referral", "Referral"),
}
SAMPLES = {
    "blood": ("119297000", "Blood specimen", "Blood"),
    "urine": ("122575003", "Urine specimen", "Urine"),
}


def build_order(chart: Chart, what: Json, moment: datetime, category: str, performer: str) -> Json:
    """A completed US Core ServiceRequest for a test, a study or another practice's opinion."""
    code, display, text = CATEGORIES[category]
    return {
        "resourceType": "ServiceRequest",
        "id": chart.next_id("ServiceRequest"),
        "meta": profile("servicerequest"),
        "status": "completed",
        "intent": "order",
        "category": [concept(text, coding(SNOMED, code, display))],
        "code": what,
        "subject": chart.subject,
        "occurrenceDateTime": stamp(moment),
        "authoredOn": stamp(moment),
        "requester": chart.directory.refer("primary"),
        "performer": [chart.directory.refer(performer)],
    }


def build_specimen(chart: Chart, sample: str, moment: datetime, order: Json | None = None) -> Json:
    """A Specimen that the practice took."""
    code, display, text = SAMPLES[sample]
    specimen_id = chart.next_id("Specimen")
    return without_gaps(
        {
            "resourceType": "Specimen",
            "id": specimen_id,
            "accessionIdentifier": {"system": PRACTICE + "accession", "value": specimen_id[:10].upper()},
            "status": "available",
            "type": concept(text, coding(SNOMED, code, display)),
            "subject": chart.subject,
            "receivedTime": stamp(moment),
            "request": [order] if order else [],
            "collection": {"collector": chart.directory.refer("nurse"), "collectedDateTime": stamp(moment)},
        }
    )
