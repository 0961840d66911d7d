"""The table of the people whose records the vault holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.tables import Column, Table
from portal_cli.wording import day

if TYPE_CHECKING:
    from store.services.people import PersonRow


def _until(person: PersonRow) -> str:
    """The last day of a right, and whether it is over; or that one is not signed in any more."""
    if person.is_over:
        return f"ended {day(person.ends)}".strip()
    ends = day(person.ends)
    return ends if person.is_signed_in else f"{ends} (signed out)".strip()


PEOPLE: Table[PersonRow] = Table(
    "people",
    (
        Column("Shown", lambda row: "yes" if row.is_shown else "", is_whole=True),
        Column("Patient", lambda row: row.patient),
        Column("You are", lambda row: "yourself" if row.relationship == "self" else row.relationship),
        Column("You may", lambda row: ", ".join(row.rights)),
        Column("Until", _until, is_whole=True),
        Column("Portal", lambda row: row.portal),
        Column("Id", lambda row: row.id, is_whole=True),
    ),
    (
        "patient", "id", "portal", "relationship", "acts_as", "rights", "ends", "is_over", "is_signed_in", "is_shown",
    ),
)  # fmt: skip
