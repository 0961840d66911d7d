"""Visits: an Encounter with its vital signs, laboratory work, note and the Appointment it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.appointments import record_kept_appointment
from portal_cli.sandbox.generator.fhir import (
    ACT_CODE,
    SNOMED,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    profile,
)
from portal_cli.sandbox.generator.labs import Draw, report_panel
from portal_cli.sandbox.generator.notes import Note, file_note
from portal_cli.sandbox.generator.times import at, stamp
from portal_cli.sandbox.generator.vitals import take_vitals

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

ROUTINE_SIGNS = ("pressure", "pulse", "weight")
FULL_SIGNS = ("pressure", "pulse", "breathing", "temperature", "oxygen", "height", "weight", "bmi")
SICK_SIGNS = ("pressure", "pulse", "temperature", "oxygen")
QUARTERS = (0, 15, 30, 45)


@dataclass(frozen=True)
class VisitKind:
    """A kind of visit: its class in v3-ActCode, its SNOMED CT type, minutes and kind of note."""

    class_code: str
    class_display: str
    snomed: str
    text: str
    minutes: int
    note: str = "progress"
    place: str = "clinic"


@dataclass(frozen=True)
class Visit:
    """One visit in months before now; `history` and `plan` are the words of its note."""

    months_ago: float
    kind: str
    reason: str
    history: str = ""
    plan: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    signs: tuple[str, ...] = ROUTINE_SIGNS
    author: str = "primary"
    diagnosis: str = ""
    spoiled: str = ""
    corrected: str = ""
    is_scheduled: bool = False


KINDS: dict[str, VisitKind] = {
    "new": VisitKind("AMB", "ambulatory", "185349003|Encounter for check up", "New patient visit", 45, "history"),
    "annual": VisitKind("AMB", "ambulatory", "185349003|Encounter for check up", "Annual physical", 40),
    "office": VisitKind("AMB", "ambulatory", "390906007|Follow-up encounter", "Office visit", 20),
    "sick": VisitKind("AMB", "ambulatory", "185347001|Encounter for problem", "Same-day visit", 20),
    "video": VisitKind("VR", "virtual", "390906007|Follow-up encounter", "Video visit", 20),
    "nurse": VisitKind("AMB", "ambulatory", "390906007|Follow-up encounter", "Nurse visit", 15),
    "specialist": VisitKind("AMB", "ambulatory", "11429006|Consultation", "Specialist visit", 30, "consult"),
    "emergency": VisitKind(
        "EMER",
        "emergency",
        "50849002|Emergency room admission",
        "Emergency department visit",
        240,
        place="hospital",
    ),
    "inpatient": VisitKind(
        "IMP",
        "inpatient encounter",
        "32485007|Hospital admission",
        "Hospital stay",
        4320,
        "discharge",
        "hospital",
    ),
}


def hold_visit(chart: Chart, visit: Visit) -> Json:
    """Add everything one visit leaves in a chart; refer to its Encounter."""
    kind = KINDS[visit.kind]
    start = at(chart.day(visit.months_ago), chart.rng.randint(8, 15), chart.rng.choice(QUARTERS))
    appointment = _appointment(chart, visit, start) if visit.is_scheduled else {}
    encounter = chart.add(_encounter(chart, visit, start, appointment), f"{kind.text}, {start.date().isoformat()}")
    vitals = take_vitals(chart, start + timedelta(minutes=6), encounter, visit.signs)
    results = [line for panel in visit.panels for line in _draw(chart, visit, panel, (start, encounter))]
    if visit.history:
        sections = (
            ("Reason for visit", (visit.reason,)),
            ("History", (visit.history,)),
            ("Vital signs", tuple(vitals)),
            ("Results of this visit", tuple(results)),
            ("Plan", tuple(f"{number}. {line}" for number, line in enumerate(visit.plan, start=1))),
        )
        written = start + timedelta(minutes=kind.minutes + 25)
        file_note(chart, Note(kind.note, visit.author, written, sections), encounter)
    return encounter


def _draw(chart: Chart, visit: Visit, panel: str, context: tuple[datetime, Json]) -> list[str]:
    start, encounter = context
    status = "corrected" if panel == visit.corrected else "final"
    taken = start + timedelta(minutes=14)
    return report_panel(chart, Draw(panel, taken, encounter, status, visit.spoiled))


def _appointment(chart: Chart, visit: Visit, start: datetime) -> Json:
    kind = KINDS[visit.kind]
    return record_kept_appointment(chart, kind.text, visit.reason, (start, min(kind.minutes, 60)), visit.author)


def _encounter(chart: Chart, visit: Visit, start: datetime, appointment: Json) -> Json:
    kind = KINDS[visit.kind]
    code, _, display = kind.snomed.partition("|")
    period = {"start": stamp(start), "end": stamp(start + timedelta(minutes=kind.minutes))}
    diagnosis = chart.references.get(visit.diagnosis)
    participation = concept(
        "Primary performer", coding(TERMINOLOGY + "v3-ParticipationType", "PPRF", "primary performer")
    )
    return {
        "resourceType": "Encounter",
        "id": chart.next_id("Encounter"),
        "meta": profile("encounter"),
        "status": "finished",
        "class": coding(ACT_CODE, kind.class_code, kind.class_display),
        "type": [concept(kind.text, coding(SNOMED, code, display))],
        "subject": chart.subject,
        "participant": [{"type": [participation], "period": period, "individual": chart.directory.refer(visit.author)}],
        "appointment": [appointment] if appointment else [],
        "period": period,
        "reasonCode": [concept(visit.reason)],
        "diagnosis": [{"condition": diagnosis}] if diagnosis else [],
        "hospitalization": _discharge() if visit.kind == "inpatient" else {},
        "location": [{"location": chart.directory.refer(kind.place)}],
        "serviceProvider": chart.directory.refer("practice" if kind.place == "clinic" else "hospital_organization"),
    }


def _discharge() -> Json:
    return {"dischargeDisposition": concept("Home", coding(TERMINOLOGY + "discharge-disposition", "home", "Home"))}
