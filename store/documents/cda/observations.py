"""Results, vital signs and social history out of the entries of a CDA document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.documents.cda import times, tree, values
from store.documents.cda.codes import Names, coding, concept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from store.records.elements import Json

_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
_STATES = {
    "completed": "final",
    "active": "registered",
    "aborted": "cancelled",
    "cancelled": "cancelled",
    "held": "registered",
}


def results(entry: Element, names: Names) -> Iterator[Json]:
    """The results of one entry, panel by panel."""
    yield from _observed(entry, names, "laboratory", "Laboratory")


def vital_signs(entry: Element, names: Names) -> Iterator[Json]:
    """The vital signs of one entry."""
    yield from _observed(entry, names, "vital-signs", "Vital Signs")


def social_history(entry: Element, names: Names) -> Iterator[Json]:
    """What one entry says of how the patient lives."""
    yield from _observed(entry, names, "social-history", "Social History")


def _observed(entry: Element, names: Names, category: str, display: str) -> Iterator[Json]:
    panel = entry.find("organizer")
    within = panel.findall("component/observation") if panel is not None else entry.findall("observation")
    of_panel = times.first(panel.find("effectiveTime")) if panel is not None else ""
    for observation in within:
        found = _observation(observation, names, of_panel)
        if found:
            kind = {"coding": [{"system": _CATEGORIES, "code": category, "display": display}]}
            yield {"resourceType": "Observation", "status": _status(observation), "category": [kind], **found}


def _observation(observation: Element, names: Names, of_panel: str) -> Json:
    code = concept(observation.find("code"), names, observation.find("text"))
    if not code:
        return {}
    found: Json = {"code": code}
    moment = times.first(observation.find("effectiveTime")) or of_panel
    if moment:
        found["effectiveDateTime"] = moment
    value = values.of_observation(observation, names)
    if not value and tree.is_null(observation.find("value")) and observation.find("value") is None and not moment:
        return {}
    found |= value
    meanings = [{"coding": [known]} for each in observation.findall("interpretationCode") if (known := coding(each))]
    found |= {"interpretation": meanings} if meanings else {}
    method = concept(observation.find("methodCode"), names)
    found |= {"method": method} if method else {}
    normal = values.ranges(observation, names)
    return found | ({"referenceRange": normal} if normal else {})


def _status(observation: Element) -> str:
    status = observation.find("statusCode")
    return _STATES.get(status.get("code", "") if status is not None else "", "unknown")
