"""INSURANCE and ALLERGIES: what is shown of each in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.tables import Column, Table
from portal_cli.wording import day, stands

if TYPE_CHECKING:
    from store.records.allergies import Allergy
    from store.records.coverages import Insurance

INSURANCE: Table[Insurance] = Table(
    "insurance",
    (
        Column("Insurer", lambda one: one.payer),
        Column("Plan", lambda one: one.plan),
        Column("Member", lambda one: one.member, is_whole=True),
        Column("Status", lambda one: stands(one.status, one.change), is_whole=True),
        Column("From", lambda one: day(one.start), is_whole=True),
        Column("Until", lambda one: day(one.end), is_whole=True),
        Column("Id", lambda one: one.id, is_whole=True),
    ),
    (
        "id", "status", "payer", "plan", "group", "member", "relationship", "start", "end", "portal", "patient",
        "change",
    ),
)  # fmt: skip
ALLERGIES: Table[Allergy] = Table(
    "allergies",
    (
        Column("Allergy", lambda one: one.substance),
        Column("Reaction", lambda one: one.reaction),
        Column("Severity", lambda one: one.severity, is_whole=True),
        Column("Status", lambda one: stands(one.status, one.change), is_whole=True),
        Column("Standing", lambda one: one.standing, is_whole=True),
        Column("Id", lambda one: one.id, is_whole=True),
    ),
    (
        "id", "substance", "category", "reaction", "severity", "criticality", "status", "standing", "recorded",
        "is_own", "portal", "patient", "change",
    ),
)  # fmt: skip
