"""Problems, allergies, medications and immunizations out of the entries of a CDA document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.documents.cda import times, tree, values
from store.documents.cda.codes import Names, concept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from store.records.elements import Json

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ALLERGY_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_ALLERGY_VERIFIED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_STATES = {"55561003": "active", "73425007": "inactive", "413322009": "resolved"}
_STATUS_CODE, _SEVERITY_CODE = "33999-4", "SEV"
_NOT_NAMED = frozenset(
    {"55607006", "404684003", "64572001", "282291009", "29308-4", "75326-9"}
)  # `problem` and the like
_SEVERITIES = {
    "255604002": "mild",
    "6736007": "moderate",
    "371924009": "moderate",
    "24484000": "severe",
    "399166001": "severe",
}
_TAKEN = {
    "active": "active",
    "completed": "completed",
    "aborted": "stopped",
    "suspended": "on-hold",
    "cancelled": "not-taken",
}
_PERIODS = {"s", "min", "h", "d", "wk", "mo", "a"}


def problems(entry: Element, names: Names) -> Iterator[Json]:
    """The problems of one entry: those in a concern, or one that stands alone."""
    concern = entry.find("act")
    for observation in _observations(entry, concern):
        value = observation.find("value")
        is_none = observation.get("negationInd") == "true"
        code = concept(value, names, observation.find("text"))
        if is_none and _is_unnamed(value):
            code = {"text": "No known problems"}
        if not code:
            continue
        found: Json = {"resourceType": "Condition", "clinicalStatus": _state(observation, concern, _CLINICAL)}
        if is_none and code != {"text": "No known problems"}:
            found = {"resourceType": "Condition", "verificationStatus": _coded(_VERIFIED, "refuted")}
        found["category"] = [
            _coded("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem List Item")
        ]
        found["code"] = code
        found |= _dated(onsetDateTime=times.first(_low(observation)), abatementDateTime=times.read(_high(observation)))
        yield found | _dated(recordedDate=times.first(observation.find("author/time")))


def allergies(entry: Element, names: Names) -> Iterator[Json]:
    """The allergies of one entry."""
    concern = entry.find("act")
    for observation in _observations(entry, concern):
        agent = observation.find("participant/participantRole/playingEntity")
        code = concept(agent.find("code"), names, agent.find("name")) if agent is not None else {}
        code = code or concept(None, names, observation.find("text"))
        found: Json = {"resourceType": "AllergyIntolerance"}
        if observation.get("negationInd") == "true":
            named = code.get("text")
            code = {"text": f"No known allergy to {named}" if named and agent is not None else "No known allergies"}
        elif not code:
            continue
        found["clinicalStatus"] = _state(observation, concern, _ALLERGY_CLINICAL)
        found["verificationStatus"] = _coded(_ALLERGY_VERIFIED, "confirmed")
        found["code"] = code
        found |= _dated(onsetDateTime=times.first(_low(observation)))
        reactions = list(_reactions(observation, names))
        yield found | ({"reaction": reactions} if reactions else {})


def medications(entry: Element, names: Names) -> Iterator[Json]:
    """The medication of one entry."""
    given = entry.find("substanceAdministration")
    if given is None:
        given = entry.find("act/entryRelationship/substanceAdministration")
    if given is None:
        return
    medicine = _product(given, names)
    if not medicine:
        return
    taken = given.find("statusCode")
    state = _TAKEN.get(taken.get("code", "") if taken is not None else "", "unknown")
    found: Json = {"resourceType": "MedicationStatement", "status": state, "medicationCodeableConcept": medicine}
    if given.get("negationInd") == "true":
        found["status"] = "not-taken"
    period = next(
        (
            got
            for each in given.findall("effectiveTime")
            if tree.kind(each) != "PIVL_TS" and (got := times.period(each))
        ),
        {},
    )
    found |= {"effectivePeriod": period} if period else {}
    dosage = _dosage(given, names)
    yield found | ({"dosage": [dosage]} if dosage else {})


def immunizations(entry: Element, names: Names) -> Iterator[Json]:
    """The immunization of one entry."""
    given = entry.find("substanceAdministration")
    vaccine = _product(given, names) if given is not None else {}
    if given is None or not vaccine:
        return
    is_refused = given.get("negationInd") == "true"
    found: Json = {
        "resourceType": "Immunization",
        "status": "not-done" if is_refused else "completed",
        "vaccineCode": vaccine,
    }
    moment = times.first(given.find("effectiveTime"))
    found |= {"occurrenceDateTime": moment} if moment else {"occurrenceString": "not said in the document"}
    lot = tree.texts(given.find("consumable/manufacturedProduct/manufacturedMaterial/lotNumberText"))
    maker = tree.texts(given.find("consumable/manufacturedProduct/manufacturerOrganization/name"))
    found |= {"lotNumber": lot} if lot else {}
    found |= {"manufacturer": {"display": maker}} if maker else {}
    route = concept(given.find("routeCode"), names)
    yield found | ({"route": route} if route else {})


def _observations(entry: Element, concern: Element | None) -> list[Element]:
    if concern is not None:
        return [each for each in concern.findall("entryRelationship/observation") if _code(each) != _STATUS_CODE]
    return entry.findall("observation")


def _code(element: Element) -> str:
    code = element.find("code")
    return code.get("code", "") if code is not None else ""


def _is_unnamed(value: Element | None) -> bool:
    return value is None or tree.is_null(value) or value.get("code", "") in _NOT_NAMED


def _state(observation: Element, concern: Element | None, system: str) -> Json:
    """Whether a problem is active: as its own status says, else its end, else the concern about it."""
    for each in observation.findall("entryRelationship/observation"):
        value = each.find("value")
        if _code(each) == _STATUS_CODE and value is not None and value.get("code") in _STATES:
            return _coded(system, _STATES[value.get("code", "")])
    if times.read(_high(observation)):
        return _coded(system, "resolved")
    status = concern.find("statusCode") if concern is not None else None
    is_over = status is not None and status.get("code") in {"completed", "aborted"}
    return _coded(system, "inactive" if is_over else "active")


def _coded(system: str, code: str, display: str = "") -> Json:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def _low(element: Element) -> Element | None:
    whole = element.find("effectiveTime")
    low = whole.find("low") if whole is not None else None
    return low if low is not None else (whole if whole is not None and whole.get("value") else None)


def _high(element: Element) -> Element | None:
    return element.find("effectiveTime/high")


def _dated(**moments: str) -> Json:
    return {name: moment for name, moment in moments.items() if moment}


def _reactions(observation: Element, names: Names) -> Iterator[Json]:
    for relation in observation.findall("entryRelationship"):
        reaction = relation.find("observation")
        if reaction is None or relation.get("typeCode") != "MFST":
            continue
        manifestation = concept(reaction.find("value"), names, reaction.find("text"))
        if manifestation:
            severity = _severity(reaction)
            yield {"manifestation": [manifestation], **({"severity": severity} if severity else {})}


def _severity(reaction: Element) -> str:
    for each in reaction.findall("entryRelationship/observation"):
        value = each.find("value")
        if _code(each) == _SEVERITY_CODE and value is not None:
            return _SEVERITIES.get(value.get("code", ""), "")
    return ""


def _product(given: Element, names: Names) -> Json:
    material = given.find("consumable/manufacturedProduct/manufacturedMaterial")
    if material is None:
        return concept(None, names, given.find("text"))
    return concept(material.find("code"), names, material.find("name"), given.find("text"))


def _dosage(given: Element, names: Names) -> Json:
    found: Json = {}
    instruction = next(
        (
            text
            for each in given.findall("entryRelationship/substanceAdministration")
            if (text := names.of(each.find("text")))
        ),
        "",
    ) or next((text for each in given.findall("entryRelationship/act") if (text := names.of(each.find("text")))), "")
    if instruction:
        found["text"] = instruction
    rhythm = next((each for each in given.findall("effectiveTime") if tree.kind(each) == "PIVL_TS"), None)
    repeat = _repeat(rhythm.find("period")) if rhythm is not None else {}
    found |= {"timing": {"repeat": repeat}} if repeat else {}
    route = concept(given.find("routeCode"), names)
    found |= {"route": route} if route else {}
    dose = values.quantity(given.find("doseQuantity"))
    return found | ({"doseAndRate": [{"doseQuantity": dose}]} if dose else {})


def _repeat(period: Element | None) -> Json:
    amount = values.quantity(period)
    unit = period.get("unit", "") if period is not None else ""
    if not amount or unit not in _PERIODS:
        return {}
    return {"frequency": 1, "period": amount["value"], "periodUnit": unit}
