"""The entries of a CDA document as FHIR records, section by section, each with an id that its own content gives it.

What cannot be read with certainty is left to the document's own text, which is kept and shown whole.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from xml.etree.ElementTree import tostring

from store.documents.cda import clinical, history, observations, people, reading, times, tree
from store.documents.cda.codes import Names, concept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias
    from xml.etree.ElementTree import Element

    from store.records.elements import Json

    Reader: TypeAlias = Callable[[Element, Names], Iterator[Json]]

_MOST_RECORDS = 50_000
_BASE = "2.16.840.1.113883.10.20.22.2."
# By the template of a section, without its version of required entries, and by its LOINC code.
_SECTIONS: tuple[tuple[tuple[str, ...], tuple[str, ...], Reader], ...] = (
    (("5", "20", "43"), ("11450-4", "11348-0", "46241-6"), clinical.problems),
    (("6",), ("48765-2",), clinical.allergies),
    (("1", "11", "44", "38", "39"), ("10160-0", "10183-2", "75311-1", "42346-7", "29549-3"), clinical.medications),
    (("2",), ("11369-6",), clinical.immunizations),
    (("3",), ("30954-2",), observations.results),
    (("4",), ("8716-3",), observations.vital_signs),
    (("17",), ("29762-2",), observations.social_history),
    (("7",), ("47519-4",), history.procedures),
    (("22",), ("46240-8",), history.encounters),
    (("15",), ("10157-6",), history.family),
    (("60",), ("61146-7",), history.goals),
)


def read(root: Element, patient: Json) -> list[Json]:
    """The records of a document that are about its patient, without the patient and the document itself."""
    names = Names(reading.named_texts(root))
    subject = {"reference": f"Patient/{patient['id']}"}
    found: dict[tuple[str, str], Json] = {}
    for section, _ in tree.sections(root):
        reader = _reader(section)
        for entry in section.findall("entry") if reader else ():
            for record in _of_entry(entry, reader, names, root):
                key = (record["resourceType"], record["id"])
                if len(found) < _MOST_RECORDS:
                    found.setdefault(key, _about(record, subject))
    return list(found.values())


def document(root: Element, patient: Json, attachment: Json, key: str) -> Json:
    """The DocumentReference of a document, whose whole is at `attachment`."""
    found: Json = {
        "resourceType": "DocumentReference",
        "id": f"cda-{key[:24]}",
        "status": "current",
        "type": concept(root.find("code"), Names({})) or {"text": "Clinical document"},
        "subject": {"reference": f"Patient/{patient['id']}"},
        "description": str(reading.title(root)),
        "content": [{"attachment": attachment}],
    }
    identifiers = people.identifiers(root.findall("id"))
    if identifiers:
        found["masterIdentifier"] = identifiers[0]
    moment = times.read(root.find("effectiveTime"))
    if "T" in moment:
        found["date"] = moment
    elif moment:  # a day is no instant, and a time of day is not made up
        found["context"] = {"period": {"start": moment}}
    authors = dict.fromkeys(filter(None, map(people.author, root.findall("author"))))
    if authors:
        found["author"] = [{"display": name} for name in authors]
    keeper = tree.texts(root.find("custodian/assignedCustodian/representedCustodianOrganization/name"))
    return found | ({"custodian": {"display": keeper}} if keeper else {})


def provenance(document: Json, records: list[Json]) -> list[Json]:
    """Where records are from: one Provenance of all of them, where the document says when it was written."""
    if not records or "date" not in document:
        return []
    author = next(iter(document.get("author", [])), document.get("custodian", {"display": "not said"}))
    source = {"reference": f"DocumentReference/{document['id']}"}
    found = {
        "resourceType": "Provenance",
        "id": f"{document['id']}-source",
        "target": [{"reference": f"{record['resourceType']}/{record['id']}"} for record in records],
        "recorded": document["date"],
        "agent": [{"who": author}],
        "entity": [{"role": "source", "what": source}],
    }
    return [found]


def _reader(section: Element) -> Reader | None:
    """How the entries of a section are read; None for a section that is only for reading."""
    templates = {
        root.removeprefix(_BASE).removesuffix(".1") for root in tree.template_ids(section) if root.startswith(_BASE)
    }
    code = section.find("code")
    loinc = code.get("code", "") if code is not None else ""
    for known, codes, reader in _SECTIONS:
        if templates & set(known):
            return reader
        if loinc in codes:
            return reader
    return None


def _of_entry(entry: Element, reader: Reader | None, names: Names, root: Element) -> Iterator[Json]:
    """The records of one entry, with their ids."""
    if reader is None:
        return
    seed = _digest(tostring(_document_id(root)) + tostring(entry))
    for number, record in enumerate(reader(entry, names)):
        marked = dict(record)
        marked["id"] = f"cda-{_digest(f'{seed}|{number}'.encode())[:24]}"
        yield {"resourceType": marked.pop("resourceType"), "id": marked.pop("id"), **marked}


def _about(record: Json, subject: Json) -> Json:
    whose = (
        "patient"
        if record["resourceType"] in {"AllergyIntolerance", "Immunization", "FamilyMemberHistory"}
        else "subject"
    )
    return {**record, whose: subject}


def _document_id(root: Element) -> Element:
    found = root.find("id")
    return found if found is not None else root


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
