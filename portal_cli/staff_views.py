"""What waits at a practice portal, as a table."""

from __future__ import annotations

from portal_cli.tables import Column, Table
from store.light import dataclass


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the staff: what it is, whose and since when, and the `ways` to settle it."""

    id: str
    kind: str
    status: str
    patient: str
    patient_name: str
    what: str
    since: str
    ways: tuple[str, ...]


WAITING: Table[Waiting] = Table(
    "things that wait",
    (
        Column("Id", lambda one: one.id, is_whole=True),
        Column("Kind", lambda one: one.kind),
        Column("Status", lambda one: one.status),
        Column("Patient", lambda one: one.patient_name),
        Column("What", lambda one: one.what),
        Column("Ways", lambda one: ", ".join(one.ways)),
    ),
    ("id", "kind", "status", "patient", "patient_name", "what", "since", "ways"),
)
