"""The health summary: what somebody who does not know the patient needs first, as typed values on one page.

Its sections follow the International Patient Summary; each entry names its record, so that more can be made of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.records import elements, envelope, labs, patients
from store.records.dates import FhirDate, from_epoch
from store.records.text import EMPTY, Safe
from store.vault import audit
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.records.elements import Json
    from store.services.appointments import Appointments
    from store.services.medications import Medications
    from store.services.records import Records
    from store.vault.reading import Row
    from store.vault.vault import Vault

NO_VACCINE = "None is recorded; that does not mean none."
MOST = 12
"""How many entries a section has on the page."""
_LOOKED_AT = 400
_CURRENT = frozenset({"active", "recurrence", "relapse"})
_REFUTED = frozenset({"refuted", "entered-in-error"})
_STATES = {"booked": "", "pending": "not confirmed", "proposed": "asked for", "waitlist": "waiting list"}
_NOT_GIVEN = frozenset({"not-done", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a problem, an allergy, a medicine, a result, a vaccination or a visit to come.

    `record` names its record as `Type/id`; `code` is the first code of what it is about; `patient` is whose it is.
    """

    title: Safe
    detail: Safe
    date: FhirDate | None
    flag: Safe
    code: Safe
    record: Safe
    patient: Safe = EMPTY


@dataclass(frozen=True)
class Section:
    """The entries of one kind; `more` is how many there are besides, and `command` what lists them all."""

    name: str
    title: str
    entries: tuple[Entry, ...]
    more: int
    command: str
    nothing: str


@dataclass(frozen=True)
class Summary:
    """The health summary of those who are meant."""

    patients: tuple[Safe, ...]
    born: FhirDate | None
    made: FhirDate
    sections: tuple[Section, ...]


class Summaries:
    """Health summaries."""

    def __init__(self, vault: Vault, records: Records, medications: Medications, appointments: Appointments) -> None:
        self._vault = vault
        self._records = records
        self._medications = medications
        self._appointments = appointments

    def make(self, most: int = MOST) -> Summary:
        """The summary as of now; noted in the audit trail."""
        people = [patients.read(body) for _, body in self._read("patient")]
        named = tuple(dict.fromkeys(person.name for person in people if person.name))
        parts = (
            ("problems", "Problems", "condition", _problem, "No current problem is recorded; that does not mean none."),
            ("allergies", "Allergies", "allergy", _allergy, "No allergy is recorded; that does not mean none."),
        )
        sections = [self._section(name, title, kind, read, nothing, most) for name, title, kind, read, nothing in parts]
        sections += [self._taken(most), self._results(most)]
        sections.append(self._section("immunizations", "Immunizations", "immunization", _vaccination, NO_VACCINE, most))
        sections.append(self._coming(most))
        self._vault.note(audit.Entry("read", "health summary", self._records.subject(None)))
        born = people[0].born if len(named) == 1 else None
        return Summary(named, born, from_epoch(time.time()), tuple(sections))

    def _read(self, *kinds: str, limit: int | None = None) -> Iterator[tuple[Row, Json]]:
        return self._records.read_all(Filter(kinds=kinds, standing=True, limit=limit))

    def _section(
        self, name: str, title: str, kind: str, read: Callable[[Row, Json], Entry | None], nothing: str, most: int
    ) -> Section:
        sources = self._records.sources()
        read_ones = ((row, read(row, body)) for row, body in self._read(kind))
        found = _distinct(
            replace(entry, patient=sources[row.connection].patient) for row, entry in read_ones if entry is not None
        )
        command = f"portal records list {kind}"
        return Section(name, title, tuple(found[:most]), max(0, len(found) - most), command, nothing)

    def _taken(self, most: int) -> Section:
        found = [
            Entry(
                item.name, item.directions, item.started, EMPTY, item.code, Safe(f"{item.type}/{item.id}"), item.patient
            )
            for item in self._medications.list().items
            if item.status != "draft"
        ]
        found = _distinct(iter(found))
        rest = max(0, len(found) - most)
        nothing = "No current medicine is recorded; that does not mean none."
        return Section("medications", "Medications", tuple(found[:most]), rest, "portal medications", nothing)

    def _results(self, most: int) -> Section:
        """The latest result of each analyte among the newest, those out of range first."""
        latest: dict[tuple[str, str], Entry] = {}
        sources = self._records.sources()
        for row, body in self._read("lab", limit=_LOOKED_AT):
            found = labs.read(body)
            words = Safe(f"{found.value} {found.unit}".strip())
            entry = Entry(
                found.name,
                words,
                found.date,
                Safe("" if found.flag == "normal" else found.flag),
                found.code,
                _name(row),
                sources[row.connection].patient,
            )
            if words:
                latest.setdefault((entry.patient, found.code or found.name), entry)
        entries = sorted(latest.values(), key=lambda entry: entry.flag in labs.NOT_ABNORMAL)
        rest = max(0, len(entries) - most)
        nothing = "No result is recorded."
        return Section("results", "Recent results", tuple(entries[:most]), rest, "portal labs", nothing)

    def _coming(self, most: int) -> Section:
        coming = self._appointments.list().items
        found = [
            Entry(
                item.title, _with(item.clinicians, item.status), item.start, EMPTY, EMPTY, _visit(item.id), item.patient
            )
            for item in coming
        ]
        rest = max(0, len(found) - most)
        nothing = "No appointment is to come."
        return Section("care", "Upcoming care", tuple(found[:most]), rest, "portal appointments", nothing)


def _problem(row: Row, body: Json) -> Entry | None:
    states = elements.codes(body.get("clinicalStatus"))
    if (states and not states & _CURRENT) or elements.codes(body.get("verificationStatus")) & _REFUTED:
        return None
    onset = envelope.general_date({name: value for name, value in body.items() if name.startswith("onset")})
    severity = elements.concept(body.get("severity"))
    return Entry(_title(row), severity, onset or envelope.general_date(body), EMPTY, _code(row), _name(row))


def _allergy(row: Row, body: Json) -> Entry | None:
    states = elements.codes(body.get("clinicalStatus"))
    if (states and "active" not in states) or elements.codes(body.get("verificationStatus")) & _REFUTED:
        return None
    said = [
        word
        for reaction in elements.objects(body.get("reaction"))
        for word in (
            *map(elements.concept, elements.objects(reaction.get("manifestation"))),
            elements.text(reaction.get("severity")),
        )
    ]
    if "unconfirmed" in elements.codes(body.get("verificationStatus")):
        said.append(Safe("not confirmed"))
    risk = elements.text(body.get("criticality"))
    flag = Safe("high risk") if risk == "high" else EMPTY
    return Entry(_title(row), Safe(", ".join(filter(None, said))), None, flag, _code(row), _name(row))


def _vaccination(row: Row, body: Json) -> Entry | None:
    if body.get("status") in _NOT_GIVEN:
        return None
    return Entry(_title(row), EMPTY, envelope.general_date(body), EMPTY, _code(row), _name(row))


def _distinct(found: Iterator[Entry]) -> list[Entry]:
    """The newest of each that says the same: a vaccine that was given every year is one line."""
    known: dict[tuple[str, str, str], Entry] = {}
    for entry in found:
        known.setdefault((entry.patient, entry.code, entry.title), entry)
    return list(known.values())


def _with(clinicians: tuple[Safe, ...], status: Safe) -> Safe:
    state = _STATES.get(status, status.replace("-", " "))
    return Safe(", ".join(filter(None, (*clinicians, state))))


def _title(row: Row) -> Safe:
    return elements.text(row.title)


def _code(row: Row) -> Safe:
    return elements.text(row.code)


def _name(row: Row) -> Safe:
    return elements.text(f"{row.type}/{row.id}")


def _visit(record_id: Safe) -> Safe:
    return Safe(f"Appointment/{record_id}") if record_id else EMPTY
