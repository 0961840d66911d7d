"""Clinical notes: plain text in a DocumentReference."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import (
    LOINC,
    US_CORE,
    Json,
    coding,
    concept,
    profile,
    text_attachment,
)
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

WIDTH = 76
NOTES: dict[str, tuple[str, str]] = {
    "progress": ("11506-3", "Progress note"),
    "history": ("34117-2", "History and physical note"),
    "consult": ("11488-4", "Consult note"),
    "discharge": ("18842-5", "Discharge summary"),
}


@dataclass(frozen=True)
class Note:
    """The sections of one note, each a heading with lines; an empty section is left out."""

    kind: str
    author: str
    written: datetime
    sections: tuple[tuple[str, tuple[str, ...]], ...]


def file_note(chart: Chart, note: Note, encounter: Json) -> Json:
    """Add a US Core DocumentReference with the note inside."""
    loinc, title = NOTES[note.kind]
    filed = stamp(note.written)
    names = f"{title}, {note.written.date().isoformat()}"
    document = {
        "resourceType": "DocumentReference",
        "id": chart.next_id("DocumentReference"),
        "meta": profile("documentreference"),
        "status": "current",
        "docStatus": "final",
        "type": concept(title, coding(LOINC, loinc, title)),
        "category": [
            concept(
                "Clinical note",
                coding(
                    US_CORE + "CodeSystem/us-core-documentreference-category",
                    "clinical-note",
                    "Clinical Note",
                ),
            )
        ],
        "subject": chart.subject,
        "date": filed,
        "author": [chart.directory.refer(note.author)],
        "custodian": chart.directory.refer("practice"),
        "description": names,
        "content": [
            {
                "attachment": text_attachment(names, _write(chart, note, title), filed),
                "format": coding(
                    "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
                    "urn:ihe:iti:xds:2017:mimeTypeSufficient",
                    "mimeType Sufficient",
                ),
            }
        ],
        "context": {"encounter": [encounter]},
    }
    return chart.add(document, names)


def _write(chart: Chart, note: Note, title: str) -> str:
    day = note.written
    head = [
        chart.directory.names["practice"],
        f"{title} - {day.strftime('%B')} {day.day}, {day.year}",
        f"{chart.person.full_name}, born {chart.person.born.isoformat()}",
    ]
    for heading, lines in note.sections:
        if lines:
            head += ["", heading.upper(), *lines]
    head += ["", f"Signed: {chart.directory.names[note.author]}"]
    return "\n".join(_wrap(line) for line in head) + "\n"


def _wrap(line: str) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent="   " if line[:1].isdigit() else "")
