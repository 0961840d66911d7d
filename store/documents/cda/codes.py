"""Coded values of CDA as FHIR CodeableConcepts, with words for people wherever the document has some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.documents.cda import tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from store.records.elements import Json

SYSTEMS = {
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.104": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
    "2.16.840.1.113883.4.9": "http://fdasis.nlm.nih.gov",
    "2.16.840.1.113883.3.26.1.1": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "2.16.840.1.113883.5.4": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "2.16.840.1.113883.5.83": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "2.16.840.1.113883.5.111": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
    "2.16.840.1.113883.6.59": "http://hl7.org/fhir/sid/cvx",
}
# Words for the codes that C-CDA itself prescribes, which documents therefore leave without any.
_PRESCRIBED = {
    "72166-2": "Tobacco smoking status", "11367-0": "History of tobacco use", "76689-9": "Sex assigned at birth",
    "8480-6": "Systolic blood pressure", "8462-4": "Diastolic blood pressure", "8867-4": "Heart rate",
    "9279-1": "Respiratory rate", "8310-5": "Body temperature", "8302-2": "Body height", "29463-7": "Body weight",
    "3141-9": "Body weight, measured", "39156-5": "Body mass index", "2708-6": "Oxygen saturation",
    "59408-5": "Oxygen saturation by pulse oximetry", "8287-5": "Head circumference", "8306-3": "Body height, lying",
}  # fmt: skip
_MOST_TRANSLATIONS = 20


@dataclass(frozen=True)
class Names:
    """What stands in the narrative under each name that entries refer to."""

    texts: Mapping[str, str]

    def of(self, element: Element | None) -> str:
        """The text that an element refers to, or that stands in it."""
        if element is None:
            return ""
        reference = element.find("reference")
        named = reference.get("value", "") if reference is not None else ""
        return self.texts.get(named.removeprefix("#"), "") if named else tree.texts(element)


def concept(code: Element | None, names: Names, *otherwise: Element | None) -> Json:
    """A code as a CodeableConcept; `otherwise` are elements whose text names it where the code has no words.

    Empty where there is neither a code nor a word.
    """
    if code is None:
        return _only_words("", names, otherwise)
    codings = [found for found in map(coding, [code, *code.findall("translation")[:_MOST_TRANSLATIONS]]) if found]
    display = next((each["display"] for each in codings if each.get("display")), "")
    own = names.of(code.find("originalText"))
    found = _only_words(own or display, names, otherwise)
    if not found and code.get("code", "") in _PRESCRIBED:
        found = {"text": _PRESCRIBED[code.get("code", "")]}
    return {**({"coding": codings} if codings else {}), **found}


def coding(element: Element) -> Json:
    """One code as a Coding; empty for what is none."""
    code = element.get("code", "").strip()
    if not code:
        return {}
    system = element.get("codeSystem", "")
    known = SYSTEMS.get(system, f"urn:oid:{system}" if system else "")
    words = " ".join(element.get("displayName", "").split())
    return {**({"system": known} if known else {}), "code": code, **({"display": words} if words else {})}


def _only_words(own: str, names: Names, otherwise: tuple[Element | None, ...]) -> Json:
    text = own or next(filter(None, map(names.of, otherwise)), "")
    return {"text": " ".join(text.split())} if text.strip() else {}
