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
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from store.records.elements import Json
    from store.records.patients import Patient
    from store.records.source import Source
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
    """The health summary of those who are meant; namesakes are told apart by the day of their birth."""

    patients: tuple[Safe, ...]
    born: FhirDate | None
    made: FhirDate
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class _Kind:
    """A section that has its entries from records of one noun."""

    name: str
    title: str
    noun: str
    read: Callable[[Row, Json], Entry | None]
    nothing: str


@dataclass(frozen=True)
class _Whose:
    """What the patient of each connection is called; `names` has those whose own record is there."""

    sources: Mapping[int, Source]
    names: Mapping[int, Safe]

    def of(self, row: Row) -> Safe:
        """Whose a record is."""
        return self.names.get(row.connection) or self.sources[row.connection].patient

    def at(self, portal: Safe, patient: Safe) -> Safe:
        """The same for what is at a portal, of a `patient` by the name in lists."""
        here = (number for number, source in self.sources.items() if source.portal == portal)
        return next((name for number in here if (name := self.names.get(number))), patient)


class Summaries:
    """Health summaries."""

    def __init__(self, vault: Vault, records: Records, medications: Medications, appointments: Appointments) -> None:
        self._vault = vault
        self._records = records
        self._medications = medications
        self._appointments = appointments

    def make(self, most: int = MOST) -> Summary:
        """The summary as of now; noted in the audit trail."""
        people = [(row.connection, patients.read(body)) for row, body in self._read("patient")]
        sources = self._records.sources()
        own = [(connection, person) for connection, person in people if person.name == sources[connection].patient]
        whose = _Whose(sources, _told_apart(own))
        called = (whose.names[each[0]] if each in own else each[1].name for each in people)
        named = tuple(dict.fromkeys(filter(None, called)))
        sections = (
            *(self._section(kind, whose, most) for kind in (_PROBLEMS, _ALLERGIES)),
            self._taken(whose, most),
            self._results(whose, most),
            self._section(_IMMUNIZATIONS, whose, most),
            self._coming(whose, most),
        )
        self._vault.note(audit.Entry("read", "health summary", self._records.subject(None)))
        born = people[0][1].born if len(named) == 1 else None
        return Summary(named, born, from_epoch(time.time()), sections)

    def _read(self, *kinds: str, limit: int | None = None) -> Iterator[tuple[Row, Json]]:
        return self._records.read_all(Filter(kinds=kinds, standing=True, limit=limit))

    def _section(self, kind: _Kind, whose: _Whose, most: int) -> Section:
        read = ((row, kind.read(row, body)) for row, body in self._read(kind.noun))
        found = _distinct(replace(entry, patient=whose.of(row)) for row, entry in read if entry is not None)
        command = f"portal records list {kind.noun}"
        return Section(kind.name, kind.title, tuple(found[:most]), max(0, len(found) - most), command, kind.nothing)

    def _taken(self, whose: _Whose, most: int) -> Section:
        found = _distinct(
            Entry(
                item.name,
                item.directions,
                item.started,
                EMPTY,
                item.code,
                Safe(f"{item.type}/{item.id}"),
                whose.at(item.portal, item.patient),
            )
            for item in self._medications.list().items
            if item.status != "draft"
        )
        rest = max(0, len(found) - most)
        nothing = "No current medicine is recorded; that does not mean none."
        return Section("medications", "Medications", tuple(found[:most]), rest, "portal medications", nothing)

    def _results(self, whose: _Whose, most: int) -> Section:
        """The latest result of each analyte among the newest, those out of range first."""
        latest: dict[tuple[str, str], Entry] = {}
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
                whose.of(row),
            )
            if words:
                latest.setdefault((entry.patient, found.code or found.name), entry)
        entries = sorted(latest.values(), key=lambda entry: entry.flag in labs.NOT_ABNORMAL)
        rest = max(0, len(entries) - most)
        nothing = "No result is recorded."
        return Section("results", "Recent results", tuple(entries[:most]), rest, "portal labs", nothing)

    def _coming(self, whose: _Whose, most: int) -> Section:
        found = [
            Entry(
                item.title,
                _with(item.clinicians, item.status),
                item.start,
                EMPTY,
                EMPTY,
                _visit(item.id),
                whose.at(item.portal, item.patient),
            )
            for item in self._appointments.list().items
        ]
        rest = max(0, len(found) - most)
        nothing = "No appointment is to come."
        return Section("care", "Upcoming care", tuple(found[:most]), rest, "portal appointments", nothing)


def _told_apart(people: Iterable[tuple[int, Patient]]) -> dict[int, Safe]:
    """What the people of connections are called: by their names, and of namesakes with the day of their birth."""
    born: dict[Safe, set[str]] = {}
    first: dict[int, Patient] = {}
    for connection, person in people:
        first.setdefault(connection, person)
        born.setdefault(person.name, set()).add(person.born.text if person.born else "")
    return {
        connection: Safe(f"{person.name}, born {person.born.text}")
        if person.born and len(born[person.name] - {""}) > 1
        else person.name
        for connection, person in first.items()
    }


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


_PROBLEMS = _Kind(
    "problems", "Problems", "condition", _problem, "No current problem is recorded; that does not mean none."
)
_ALLERGIES = _Kind("allergies", "Allergies", "allergy", _allergy, "No allergy is recorded; that does not mean none.")
_IMMUNIZATIONS = _Kind("immunizations", "Immunizations", "immunization", _vaccination, NO_VACCINE)


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
