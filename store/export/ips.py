"""International Patient Summary (HL7 IPS 2.0.1): a FHIR document of what a stranger to the patient needs first."""

from __future__ import annotations

import html
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, BinaryIO

from store.errors import InvalidInput
from store.export import columns, pages
from store.export.format import Exported, Format
from store.export.ips_references import Entries, place, urn
from store.export.ips_sections import SECTIONS, SUPPORTING
from store.records import elements
from store.records.dates import from_epoch
from store.records.lossless import encode

if TYPE_CHECKING:
    from store.export.format import Sheet
    from store.export.ips_references import Place
    from store.export.ips_sections import Section
    from store.records.elements import Json

_PROFILES = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
_LOINC = "http://loinc.org"
_EMPTY = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
            "code": "unavailable",
            "display": "Unavailable",
        }
    ],
    "text": "Nothing current of this kind is known here; that does not mean that there is none.",
}
_UNKNOWN = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"},
    ]
}
_SHOWN = ("value", "unit", "flag", "ref_range", "directions", "reaction", "criticality", "severity", "lot")


class IpsWriter:
    """Gathers the records that belong into the summary, and writes the document at the end."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        self._stream = stream
        self._sheet = sheet
        self._patients: list[Exported] = []
        self._chosen: dict[str, dict[object, Exported]] = defaultdict(dict)
        self._left: dict[str, int] = defaultdict(int)
        self._supporting: dict[Place, Exported] = {}

    def add(self, record: Exported) -> bool:
        """Keep a record that has a place in the summary, or that one there may refer to."""
        if record.type in SUPPORTING:
            self._supporting[place(record)] = record
        if record.type == "Device" and elements.reference(record.resource.get("patient")):
            record = _use_of(record)
        if record.type == "Patient":
            is_meant = record.id == record.origin.patient_id
            self._patients.insert(0 if is_meant else len(self._patients), record)
            return True
        section = next((section for section in SECTIONS if section.belongs(record)), None)
        return section is not None and self._keep(section, record)

    def end(self) -> None:
        """Write the document. Raises InvalidInput where nobody is known whom it could be about."""
        if not self._patients:
            raise InvalidInput("the vault has no record of the patient, and a patient summary needs one")
        patient = self._patients[0]
        entries = Entries(self._supporting, urn(place(patient)))
        sections = [self._section(section, entries) for section in SECTIONS]
        address = f"urn:uuid:{uuid.uuid4()}"
        device = f"urn:uuid:{uuid.uuid4()}"
        made = str(from_epoch(self._sheet.made).text)
        first = self._composition(patient, device, made, [section for section in sections if section])
        head = {
            "resourceType": "Bundle", "id": address.removeprefix("urn:uuid:"),
            "meta": {"profile": [f"{_PROFILES}Bundle-uv-ips"]},
            "identifier": {"system": "urn:ietf:rfc:3986", "value": address}, "type": "document", "timestamp": made,
        }  # fmt: skip
        self._stream.write(encode(head)[:-1] + b',"entry":[\n')
        self._entry(f"urn:uuid:{first['id']}", first, b"")
        self._entry(urn(place(patient)), _person(entries.rewritten(patient)))
        self._entry(device, _author(device))
        for where, resource in entries.resources():
            self._entry(where, _completed(resource))
        self._stream.write(b"]}\n")

    def _keep(self, section: Section, record: Exported) -> bool:
        chosen = self._chosen[section.code]
        key = (record.code or record.title) if section.latest else place(record)
        known = chosen.get(key)
        if known is not None and (known.date or 0) >= (record.date or 0):
            return False
        if known is None and len(chosen) >= section.most:
            self._left[section.code] += 1
            return False
        chosen[key] = record
        return known is None

    def _section(self, section: Section, entries: Entries) -> Json | None:
        found = list(self._chosen[section.code].values())
        if not found and not section.is_required:
            return None
        made: Json = {
            "title": section.title,
            "code": {"coding": [{"system": _LOINC, "code": section.code, "display": section.display}]},
            "text": {"status": "generated", "div": _narrative(section, found, self._left[section.code])},
        }
        if found:
            made["entry"] = [{"reference": entries.add(record)} for record in found]
        else:
            made["emptyReason"] = _EMPTY
        return made

    def _composition(self, patient: Exported, device: str, made: str, sections: list[Json]) -> Json:
        return {
            "resourceType": "Composition", "id": str(uuid.uuid4()),
            "meta": {"profile": [f"{_PROFILES}Composition-uv-ips"]},
            "text": {"status": "generated", "div": _div("<p>Patient summary, put together by software.</p>")},
            "status": "final",
            "type": {"coding": [{"system": _LOINC, "code": "60591-5", "display": "Patient summary Document"}]},
            "subject": {"reference": urn(place(patient))}, "date": made, "author": [{"reference": device}],
            "title": "International Patient Summary", "section": sections,
        }  # fmt: skip

    def _entry(self, where: str, resource: Json, between: bytes = b",\n") -> None:
        self._stream.write(between + encode({"fullUrl": where, "resource": resource}))


def _narrative(section: Section, found: list[Exported], left: int) -> str:
    if not found:
        return _div(f"<p>{html.escape(str(_EMPTY['text']))}</p>")
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in _cells(record))}</tr>" for record in found
    )
    table = f"<table><thead><tr><th>Date</th><th>{html.escape(section.title)}</th><th>More</th></tr></thead>"
    more = f"<p>There are {left} more, which are not in this summary.</p>" if left else ""
    return _div(f"{table}<tbody>{rows}</tbody></table>{more}")


def _cells(record: Exported) -> tuple[str, str, str]:
    told = [columns.as_text(one.read(record)) for one in columns.OWN.get(record.kind, ()) if one.name in _SHOWN]
    return _xml(record.date_text), _xml(record.title or pages.heading(record.kind)), _xml(" ".join(filter(None, told)))


def _div(content: str) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(one for one in text if one in "\t\n" or (ord(one) >= 32 and not 0xD800 <= ord(one) < 0xE000))  # noqa: PLR2004 - C0 and surrogates


def _use_of(device: Exported) -> Exported:
    """A device of the patient's as the statement that they have it, which is what the summary lists."""
    found = device.resource
    status = "active" if found.get("status", "active") == "active" else "completed"
    statement = {
        "resourceType": "DeviceUseStatement", "id": f"use-{device.id}", "status": status, "subject": found["patient"],
        "device": {"reference": f"Device/{device.id}"},
    }  # fmt: skip
    return Exported(
        "DeviceUseStatement", device.kind, f"use-{device.id}", encode(statement), device.origin, device.title,
        device.code, device.date, device.date_text, status,
    )  # fmt: skip


def _person(patient: Json) -> Json:
    """A patient with the elements that the summary requires, marked as unknown where they are."""
    named = any(name.keys() & {"family", "given", "text"} for name in elements.objects(patient.get("name")))
    found = patient if named else {**patient, "name": [{**_UNKNOWN, "text": "unknown"}]}
    return found if "birthDate" in found else {**found, "_birthDate": _UNKNOWN}


def _completed(resource: Json) -> Json:
    """A result with a time, if an unknown one."""
    is_result = resource.get("resourceType") == "Observation"
    if is_result and not any(name.lstrip("_").startswith("effective") for name in resource):
        return {**resource, "_effectiveDateTime": _UNKNOWN}
    return resource


def _author(address: str) -> Json:
    return {
        "resourceType": "Device", "id": address.removeprefix("urn:uuid:"),
        "deviceName": [{"name": "portal", "type": "user-friendly-name"}],
        "type": {"text": "Software with which patients keep their records"},
    }  # fmt: skip


FORMAT = Format(
    "ips", ".ips.json", IpsWriter, "an International Patient Summary 2.0.1, to hand to somebody who treats you",
    by_kind=True, is_one=True, is_json=True, streams=False, standing=True,
)  # fmt: skip
