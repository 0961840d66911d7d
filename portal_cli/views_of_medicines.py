"""The tables of medicines and of refill requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.tables import Column, Table
from portal_cli.wording import counted, day, moment, standing, stands

if TYPE_CHECKING:
    from store.records.medications import Medication
    from store.services.refill_plans import DueRow, RefillRow, Step


def where_it_stands(request: RefillRow) -> str:
    """The status of a refill request, and what it waits for while the portal has not confirmed it."""
    if request.change:
        return f"{request.status} (cancelling it {standing(request.change)})"
    if not request.is_waiting:
        return request.status
    return f"{request.status} ({standing(request.status)})"


def _also(medication: Medication) -> str:
    """The other entries of a medicine: those that a row stands for, and one that says to take it otherwise."""
    differs = f"● other directions than {medication.differs}" if medication.differs else ""
    return "; ".join(filter(None, (differs, *medication.folded)))


def _when_due(row: DueRow) -> str:
    if row.days < 0:
        return f"{counted(-row.days, 'day')} ago"
    return f"in {counted(row.days, 'day')}" if row.days else "today"


MEDICATIONS: Table[Medication] = Table(
    "medications",
    (
        Column("Name", lambda medication: medication.name),
        Column("Directions", lambda medication: medication.directions),
        Column("Status", lambda medication: stands(medication.status), is_whole=True),
        Column("Since", lambda medication: day(medication.started), is_whole=True),
        Column("Prescriber", lambda medication: medication.prescriber or medication.source),
        Column("Also", _also),
        Column("Id", lambda medication: medication.id, is_whole=True),
    ),
    (
        "id", "type", "name", "code", "status", "directions", "prescriber", "started", "expires", "repeats",
        "quantity", "supply", "source", "reason", "portal", "patient", "filled", "folded", "differs",
    ),
)  # fmt: skip
REFILLS: Table[RefillRow] = Table(
    "refill requests",
    (
        Column("Asked", lambda request: moment(request.requested), is_whole=True),
        Column("Medication", lambda request: request.medication),
        Column("Status", where_it_stands, is_whole=True),
        Column("Detail", lambda request: request.detail),
        Column("Id", lambda request: request.id, is_whole=True),
    ),
    (
        "id", "request_id", "medication", "medication_id", "status", "detail", "requested", "updated", "note",
        "is_waiting", "portal", "patient", "is_renewal", "is_message", "pharmacy", "remaining", "change",
    ),
)  # fmt: skip
STEPS: Table[Step] = Table(
    "steps",
    (
        Column("Since", lambda step: moment(step.at), is_whole=True),
        Column("Status", lambda step: step.status, is_whole=True),
        Column("Detail", lambda step: step.detail),
    ),
    ("status", "at", "detail"),
)
DUE: Table[DueRow] = Table(
    "medicines that run out",
    (
        Column("Until", lambda row: row.until, is_whole=True),
        Column("", _when_due, is_whole=True),
        Column("Medication", lambda row: row.medication),
        Column("Refills left", lambda row: "" if row.repeats_left is None else str(row.repeats_left), is_whole=True),
        Column("Ask for", lambda row: "asked" if row.is_asked else "a renewal" if row.is_renewal else "a refill"),
        Column("Id", lambda row: row.medication_id, is_whole=True),
    ),
    (
        "medication", "medication_id", "until", "days", "repeats_left", "is_renewal", "is_asked", "portal", "patient",
    ),
)  # fmt: skip
