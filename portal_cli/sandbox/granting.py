"""The practice's hand in mandates: it lets a patient act for another, in the three resources that say so."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.consents import ACTIONS, LABELS, RESOURCE_TYPES
from portal_cli.sandbox.mandates import left_by_practice
from portal_cli.sandbox.references import follow, local_target
from portal_cli.sandbox.rights import FULL, Rights

if TYPE_CHECKING:
    from datetime import date

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
# Relationships of US Core's RelatedPersons that make somebody act for a patient (v3-RoleCode).
RELATIONSHIPS = {
    "MTH": "mother",
    "FTH": "father",
    "PRN": "parent",
    "GUARD": "guardian",
    "CHILD": "child",
    "SPS": "spouse",
    "SIB": "sibling",
    "FRND": "friend",
}


@dataclass(frozen=True)
class Wish:
    """Whom to let act for whom (patients by id), what the actor is to the patient, and with which rights.

    Attributes:
        relationship: A code of `RELATIONSHIPS`.
        begins: The first day.
        ends: The last day; None for no end.
    """

    actor: str
    patient: str
    relationship: str
    begins: date
    ends: date | None = None
    rights: Rights = FULL


class Granting:
    """Gives mandates and ends them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def give(self, wish: Wish) -> str:
        """Let somebody act for a patient; gives who that is in the patient's record, as `RelatedPerson/ID`.

        Raises:
            KeyError: When one of the two is not a patient here.
        """
        with self._repository.transaction():
            acting, subject = self._patient(wish.actor), self._patient(wish.patient)
            person = self._person(wish.actor)
            related = self._repository.put(related_person(wish, acting), str(uuid.uuid4()))
            self._repository.put(consent(wish, subject, related.name), str(uuid.uuid4()))
            links = person.resource() if person else person_of(wish.actor, acting, [])
            links["link"] = [*links["link"], {"target": {"reference": related.name}}]
            self._repository.put(links, person.key if person else str(uuid.uuid4()))
        return related.name

    def end(self, actor: str) -> None:
        """End what somebody may do as `RelatedPerson/ID`; ending it again changes nothing."""
        kind, _, key = actor.partition("/")
        with self._repository.transaction():
            version = self._repository.current(kind, key)
            if version is None or version.is_deleted:
                return
            for patient in version.owners:
                for paper in self._repository.belongings(patient, "Consent"):
                    left = self._left(paper)
                    named = follow(left.resource(), "provision.actor.reference.reference") if left else ()
                    if left and actor in {local_target(str(text), self._repository.base_url) for text in named}:
                        self._repository.put({**left.resource(), "status": "inactive"}, paper.key)
            related = self._left(version)
            if related:
                self._repository.put({**related.resource(), "active": False}, key)

    def _patient(self, key: str) -> Json:
        version = self._repository.current("Patient", key)
        if version is None or version.is_deleted:
            raise KeyError(key)
        return version.resource()

    def _person(self, patient: str) -> Version | None:
        """The Person that the practice keeps of a patient, as the practice left it."""
        kept = (self._left(one) for one in self._repository.belongings(patient, "Person"))
        return next((one for one in kept if one), None)

    def _left(self, version: Version) -> Version | None:
        """What the practice left of a resource: what patients changed in it is not taken for the practice's."""
        return left_by_practice(self._repository.history(version.kind, version.key))


def related_person(wish: Wish, acting: Json) -> Json:
    """Write who acts, into the record of the patient who is acted for."""
    display = RELATIONSHIPS[wish.relationship]
    coding = {"system": f"{_TERMINOLOGY}v3-RoleCode", "code": wish.relationship, "display": display}
    found: Json = {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": {"reference": f"Patient/{wish.patient}"},
        "relationship": [{"coding": [coding], "text": display}],
        "name": acting.get("name"),
        "telecom": acting.get("telecom"),
        "gender": acting.get("gender"),
        "period": _period(wish),
    }
    return {name: value for name, value in found.items() if value}


def consent(wish: Wish, subject: Json, actor: str) -> Json:
    """Write what the patient, or for a minor whoever is answerable, agreed to."""
    who = {"reference": f"Patient/{wish.patient}"}
    actions = ["access"] if wish.rights.is_view_only else ["access", "correct"]
    provision: Json = {
        "type": "permit",
        "period": _period(wish),
        "actor": [{"role": _concept("v3-RoleCode", "DELEGATEE"), "reference": {"reference": actor}}],
        "action": [{"coding": [{"system": ACTIONS, "code": code}]} for code in actions],
    }
    denied = [*_denied(wish.rights)]
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": _concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}],
        "patient": who,
        "dateTime": wish.begins.isoformat(),
        "performer": [{"reference": actor} if _is_minor(subject, wish.begins) else who],
        "policyRule": _concept("v3-ActCode", "OPTIN"),
        "provision": {**provision, **({"provision": denied} if denied else {})},
    }


def person_of(patient: str, acting: Json, related: list[str]) -> Json:
    """Write that a patient is, elsewhere, somebody who acts for others."""
    targets = [f"Patient/{patient}", *related]
    found: Json = {
        "resourceType": "Person",
        "name": acting.get("name"),
        "gender": acting.get("gender"),
        "link": [{"target": {"reference": target}, "assurance": "level3"} for target in targets],
    }
    return {name: value for name, value in found.items() if value}


def _denied(rights: Rights) -> list[Json]:
    found: list[Json] = []
    if rights.denied_kinds:
        kinds = [{"system": RESOURCE_TYPES, "code": kind} for kind in sorted(rights.denied_kinds)]
        found.append({"type": "deny", "class": kinds})
    if rights.hidden_labels:
        labels = [{"system": LABELS, "code": code} for code in sorted(rights.hidden_labels)]
        found.append({"type": "deny", "securityLabel": labels})
    return found


def _is_minor(subject: Json, day: date) -> bool:
    born = str(subject.get("birthDate", ""))
    return bool(born) and born > day.replace(year=day.year - 18, day=min(day.day, 28)).isoformat()


def _period(wish: Wish) -> dict[str, Any]:
    return {"start": wish.begins.isoformat(), **({"end": wish.ends.isoformat()} if wish.ends else {})}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{_TERMINOLOGY}{system}", "code": code}]}
