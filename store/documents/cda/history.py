"""Procedures, encounters, family history and goals out of the entries of a CDA document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.documents.cda import people, times, tree
from store.documents.cda.codes import Names, coding, concept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from store.records.elements import Json

_DONE = {
    "completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "not-done",
    "suspended": "on-hold",
}  # fmt: skip
_PLANNED = frozenset({"INT", "RQO", "PRMS", "PRP", "ARQ"})
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASSES = frozenset({"AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR"})


def procedures(entry: Element, names: Names) -> Iterator[Json]:
    """The procedure of one entry."""
    for kind in ("procedure", "act", "observation"):
        for done in entry.findall(kind):
            code = concept(done.find("code"), names, done.find("text"))
            if not code:
                continue
            found: Json = {"resourceType": "Procedure", "status": _status(done), "code": code}
            yield found | _performed(done.find("effectiveTime")) | _sites(done, names)


def encounters(entry: Element, names: Names) -> Iterator[Json]:
    """The encounter of one entry."""
    for visit in entry.findall("encounter"):
        code = visit.find("code")
        found: Json = {"resourceType": "Encounter", "status": _visited(visit), "class": _class(code)}
        kind = concept(code, names, visit.find("text"))
        found |= {"type": [kind]} if kind else {}
        period = times.period(visit.find("effectiveTime"))
        found |= {"period": period} if period else {}
        doctors = [
            {"individual": {"display": name}}
            for each in visit.findall("performer")
            if (name := people.name(each.find("assignedEntity/assignedPerson/name")))
        ]
        places = [
            {"location": {"display": name}}
            for each in visit.findall("participant/participantRole/playingEntity")
            if (name := tree.texts(each.find("name")))
        ]
        yield found | ({"participant": doctors} if doctors else {}) | ({"location": places} if places else {})


def family(entry: Element, names: Names) -> Iterator[Json]:
    """What one entry says of a relative."""
    for relative in entry.findall("organizer"):
        subject = relative.find("subject/relatedSubject")
        relation = concept(subject.find("code") if subject is not None else None, names)
        if not relation:
            continue
        conditions = [
            {"code": code}
            for each in relative.findall("component/observation")
            if (code := concept(each.find("value"), names, each.find("text")))
        ]
        found: Json = {"resourceType": "FamilyMemberHistory", "status": "completed", "relationship": relation}
        yield found | ({"condition": conditions} if conditions else {})


def goals(entry: Element, names: Names) -> Iterator[Json]:
    """The goal of one entry."""
    for wanted in entry.findall("observation"):
        value = wanted.find("value")
        words = names.of(value) if tree.kind(value) in {"ST", "ED"} else ""
        description = {"text": words} if words else concept(wanted.find("code"), names, wanted.find("text"))
        if not description:
            continue
        found: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": description}
        start = times.day(times.first(wanted.find("effectiveTime")))
        yield found | ({"startDate": start} if start else {})


def _status(done: Element) -> str:
    if done.get("negationInd") == "true":
        return "not-done"
    status = done.find("statusCode")
    if done.get("moodCode") in _PLANNED:
        return "preparation"
    return _DONE.get(status.get("code", "") if status is not None else "", "unknown")


def _performed(when: Element | None) -> Json:
    period = times.period(when)
    if "end" in period:
        return {"performedPeriod": period}
    moment = times.first(when)
    return {"performedDateTime": moment} if moment else {}


def _sites(done: Element, names: Names) -> Json:
    sites = [found for each in done.findall("targetSiteCode") if (found := concept(each, names))]
    return {"bodySite": sites} if sites else {}


def _visited(visit: Element) -> str:
    if visit.get("moodCode") in _PLANNED:
        return "planned"
    status = visit.find("statusCode")
    return {"active": "in-progress", "cancelled": "cancelled"}.get(
        status.get("code", "") if status is not None else "", "finished"
    )


def _class(code: Element | None) -> Json:
    """How a patient was there, where the document says so."""
    for each in [code, *code.findall("translation")] if code is not None else []:
        found = coding(each) if each is not None else {}
        if found.get("code") in _CLASSES:
            return {"system": _ACT_CODE, **{name: part for name, part in found.items() if name != "system"}}
    return {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK", "display": "not said"}
