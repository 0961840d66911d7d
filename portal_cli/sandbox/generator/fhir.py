"""Small pieces of FHIR R4 JSON that every resource is made of: codings, references, quantities, texts."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

Json: TypeAlias = dict[str, Any]

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
NPI = "http://hl7.org/fhir/sid/us-npi"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
ACT_CODE = TERMINOLOGY + "v3-ActCode"
US_CORE = "http://hl7.org/fhir/us/core/"
PRACTICE = "https://practice.example.org/fhir/"
PORTAL = "https://portal.example.org/fhir/"


def coding(system: str, code: str, display: str) -> Json:
    """One Coding."""
    return {"system": system, "code": code, "display": display}


def concept(text: str, *codings: Json) -> Json:
    """A CodeableConcept whose text is what a patient reads."""
    return {"coding": list(codings), "text": text} if codings else {"text": text}


def term(system: str, code: str, display: str) -> Json:
    """A CodeableConcept of one coding from an HL7 terminology, named after `CodeSystem/`."""
    return concept(display, coding(TERMINOLOGY + system, code, display))


def reference(target: str, display: str = "") -> Json:
    """A Reference to `Type/id`."""
    return {"reference": target, "display": display} if display else {"reference": target}


def quantity(value: Decimal | int, unit: str, ucum: str = "") -> Json:
    """A Quantity in UCUM; `unit` is the printed form, `ucum` the code when it differs."""
    return without_gaps({"value": value, "unit": unit, "system": UCUM, "code": ucum or unit})


def profile(name: str) -> Json:
    """The meta of a resource that follows one US Core 6.1 profile."""
    return {"profile": [f"{US_CORE}StructureDefinition/us-core-{name}"]}


def narrative(*lines: str) -> Json:
    """A generated Narrative, one paragraph per line."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'}


def text_attachment(title: str, text: str, created: str) -> Json:
    """A plain text Attachment; size is in bytes before base64."""
    body = text.encode()
    return {
        "contentType": "text/plain; charset=utf-8",
        "language": "en-US",
        "data": base64.b64encode(body).decode("ascii"),
        "size": len(body),
        "title": title,
        "creation": created,
    }


def without_gaps(resource: Json) -> Json:
    """Drop the elements that hold nothing: FHIR has no empty values."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {})}
