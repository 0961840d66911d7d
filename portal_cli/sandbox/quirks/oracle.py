"""Oracle Health (Cerner): guarded updates, closed date ranges, and pages that may repeat a record.

It takes no request for a refill from a patient; this mode keeps what the practice portal takes, in Oracle's manner,
so that conflicts can be tried.
"""

from __future__ import annotations

from portal_cli.sandbox.parameters.table import Parameter
from portal_cli.sandbox.quirks.mode import Mode, Searching, Signing, Writes

# `_lastUpdated` is declared for thirteen types.
_WITH_LAST_UPDATED = frozenset(
    {
        "AllergyIntolerance",
        "CarePlan",
        "Condition",
        "Coverage",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "FamilyMemberHistory",
        "Immunization",
        "MedicationRequest",
        "Observation",
        "Procedure",
        "ServiceRequest",
    }
)
# Appointments that are only proposed have no date yet, and are found by the period that was asked for.
_REQUESTED = Parameter("-date-or-req-period", "date", ("start", "requestedPeriod"))

ORACLE = Mode(
    "oracle",
    # Updates are JSON Patch; there is a batch but no transaction, and no history.
    interactions=frozenset({"read", "search-type", "create", "patch", "batch"}),
    operations=frozenset(),
    hidden=frozenset({"Communication"}),  # for providers and systems only
    signing=Signing(names_patient=False),
    searching=Searching(
        required={"Appointment": ("date", "-date-or-req-period", "_id")},
        needs_patient=True,
        last_updated=_WITH_LAST_UPDATED,
        further={"Appointment": {_REQUESTED.name: _REQUESTED}},
        closed_ranges=True,
        open_ranges=frozenset({"_lastUpdated", "Appointment.date", "Appointment.-date-or-req-period"}),
        page_style="context",
        whole_by_id=True,
        repeats_changed=True,
    ),
    writes=Writes(
        conditional_create="no",
        conditional_read=False,
        stale=409,
        unmatched=412,
        most={"Appointment.serviceType": 1, "Appointment.requestedPeriod": 1, "Appointment.slot": 1},
    ),
    empty_not_acceptable=True,
    maker="In the manner of Oracle Health",
)
