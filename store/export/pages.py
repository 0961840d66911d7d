"""What Markdown, HTML and PDF pages for people have in common: headings by kind, and which cells a record has there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from store.export import columns
from store.records import catalog
from store.records.dates import parse
from store.records.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.export.format import Exported, Sheet

Cells: TypeAlias = "tuple[str, ...]"
_TITLES = {
    "allergy": "Allergies", "appointment": "Appointments", "condition": "Conditions", "dispense": "Dispensed medicines",
    "document": "Documents", "immunization": "Immunizations", "insurance": "Insurance", "lab": "Laboratory results",
    "medication": "Medications", "medicine": "Medicines", "message": "Messages", "observation": "Observations",
    "patient": "Patient", "practitioner": "Clinicians", "procedure": "Procedures", "refill": "Refill requests",
    "report": "Reports", "visit": "Visits", "vital": "Vital signs",
}  # fmt: skip
ORDER = (
    "patient", "allergy", "condition", "medication", "immunization", "lab", "vital", "procedure", "report", "visit",
    "appointment", "message", "refill", "document", "insurance",
)  # fmt: skip
"""The kinds that come first on a page; the others follow by name."""
_MORE = {
    "allergy": ("reaction", "criticality"), "appointment": ("start", "with", "reason", "instructions"),
    "condition": ("severity", "onset", "abatement"), "dispense": ("directions", "quantity", "days_supply"),
    "document": ("category", "author", "description"), "immunization": ("lot", "performer"),
    "insurance": ("payer", "member", "start", "end"), "lab": ("value", "unit", "flag", "ref_range", "performer"),
    "medication": ("directions", "requester", "reason"), "message": ("sender", "recipient", "text"),
    "observation": ("value", "unit", "flag", "ref_range"), "patient": ("born", "sex", "telecom", "city"),
    "procedure": ("performer", "body_site", "outcome"), "refill": ("reason",),
    "report": ("category", "performer", "conclusion"), "visit": ("class", "with", "place", "reason"),
    "vital": ("value", "unit", "flag"),
}  # fmt: skip
NOTICE = "Made by portal from records that the patient's portals served. It may not be all that there is."


@dataclass(frozen=True)
class Table:
    """The table of one kind: its heading, the titles of its columns, and the cells of a record."""

    heading: str
    titles: Cells
    cells: Callable[[Exported], Cells]


def table(kind: str) -> Table:
    """The table of a kind, as people read it."""
    more = [column for column in columns.OWN.get(kind, ()) if column.name in _MORE.get(kind, ())]
    more.sort(key=lambda column: _MORE[kind].index(column.name))
    titles = ("Date", "What", "Status", *(column.name.replace("_", " ").capitalize() for column in more), "From")

    def cells(record: Exported) -> Cells:
        date = parse(record.date_text)
        found = (
            date.local() if date else "", record.title, record.status,
            *(columns.as_text(column.read(record)) for column in more), record.origin.portal,
        )  # fmt: skip
        return tuple(sanitize(cell) for cell in found)

    return Table(heading(kind), titles, cells)


def heading(kind: str) -> str:
    """A kind as the heading of its part."""
    return _TITLES.get(kind) or catalog.type_in_words(kind)


def rank(kind: str) -> tuple[int, str]:
    """What sorts kinds as a page has them."""
    return (ORDER.index(kind) if kind in ORDER else len(ORDER)), kind


def title(sheet: Sheet) -> str:
    """The title of a page: of whom it is, as far as that is told."""
    return f"Health records of {', '.join(sheet.patients)}" if sheet.patients else "Health records"


def made(sheet: Sheet) -> str:
    """When it was made, in words."""
    return f"{datetime.fromtimestamp(sheet.made, UTC):%Y-%m-%d %H:%M} UTC"
