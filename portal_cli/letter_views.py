"""The tables of whom one can write to, and of messages that are not sent yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.tables import Column, Table
from portal_cli.wording import moment

if TYPE_CHECKING:
    from store.services.message_plans import Draft, Recipient

RECIPIENTS: Table[Recipient] = Table(
    "recipients",
    (
        Column("Name", lambda somebody: somebody.name),
        Column("Role", lambda somebody: somebody.role),
        Column("Care team", lambda somebody: "●" if somebody.is_in_team else "", is_whole=True),
        Column("Id", lambda somebody: somebody.id),
    ),
    ("id", "name", "role", "is_in_team", "portal", "patient"),
)
DRAFTS: Table[Draft] = Table(
    "drafts",
    (
        Column("Changed", lambda draft: moment(draft.changed), is_whole=True),
        Column("To", lambda draft: ", ".join(draft.recipients)),
        Column("Subject", lambda draft: draft.subject),
        Column("Files", lambda draft: str(len(draft.attached) or ""), is_whole=True),
        Column("Id", lambda draft: draft.id, is_whole=True),
    ),
    ("id", "recipients", "subject", "category", "text", "attached", "changed", "portal", "patient"),
)
