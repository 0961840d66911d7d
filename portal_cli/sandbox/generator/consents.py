"""What patients agreed to: Consents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import LOINC, Json, coding, concept, term
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart


def build_consent(chart: Chart, moment: datetime, source: Json | None = None) -> Json:
    """An active Consent to share the record with those who treat the patient; `source` is the signed paper."""
    consent = {
        "resourceType": "Consent",
        "id": chart.next_id("Consent"),
        "status": "active",
        "scope": term("consentscope", "patient-privacy", "Privacy Consent"),
        "category": [concept("Consent to share records", coding(LOINC, "59284-0", "Consent Document"))],
        "patient": chart.subject,
        "dateTime": stamp(moment),
        "performer": [chart.subject],
        "organization": [chart.directory.refer("practice")],
        "policyRule": term("v3-ActCode", "OPTIN", "opt-in"),
        "provision": {"type": "permit", "period": {"start": moment.date().isoformat()}},
    }
    return {**consent, "sourceReference": source} if source else consent
