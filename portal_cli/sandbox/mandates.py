"""Mandates: the right of somebody to act for a patient, as the practice keeps it in the record.

Three resources make one. A Person says that a patient of the portal is, elsewhere, a RelatedPerson; the RelatedPerson
is in the record of the patient who is acted for (FHIR R4 §10.3); a Consent there permits it to, until when, and with
what taken away (§6.2). All three are the practice's. What a patient changes in them may take rights away, and never
adds any.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox import consents
from portal_cli.sandbox.instants import span
from portal_cli.sandbox.references import follow, local_target
from portal_cli.sandbox.rights import CONFIDENTIAL, FULL, Rights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from portal_cli.sandbox.instants import Span
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

ADOLESCENT, ADULT = 12, 18


@dataclass(frozen=True)
class Mandate:
    """The right to act for a patient.

    Attributes:
        actor: Who acts, as `RelatedPerson/ID` in the record of the patient.
        patient: The id of the patient.
        relationship: What the actor is to the patient, in words.
        ends: Seconds since 1970; infinite when no end is set.
        day: The last day of it, as `YYYY-MM-DD`; empty when no end is set.
    """

    actor: str
    patient: str
    relationship: str
    rights: Rights
    ends: float = math.inf
    day: str = ""


class Mandates:
    """All mandates, read from the record each time, so that one that has ended is over at once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def of(self, patient: str) -> list[Mandate]:
        """Give what a patient of the portal may do for others, one for each other patient."""
        found: dict[str, Mandate] = {}
        with self._repository.lock:
            for actor in self._actors(patient):
                mandate = self._read(actor)
                if mandate and mandate.patient != patient:
                    found.setdefault(mandate.patient, mandate)
        return list(found.values())

    def find(self, patient: str, actor: str, other: str) -> Mandate | None:
        """Give the mandate under which a patient acts for another as `RelatedPerson/ID`; None when it is over."""
        with self._repository.lock:
            mandate = self._read(actor) if actor in self._actors(patient) else None
        return mandate if mandate and mandate.patient == other else None

    def is_cared_for(self, patient: str) -> bool:
        """Say whether a patient is a child below the age of adolescents, for whom somebody acts."""
        with self._repository.lock:
            now, born = self._repository.now(), self._born(patient)
            is_child = born is not None and _age(born.low, now) < ADOLESCENT
            related = self._repository.belongings(patient, "RelatedPerson") if is_child else ()
            return any(self._read(version.name) for version in related)

    def _actors(self, patient: str) -> list[str]:
        """The RelatedPersons that a patient is in other records."""
        found: list[str] = []
        for version in self._repository.belongings(patient, "Person"):
            states = self._states(version.kind, version.key)
            links = [list(self._targets(state, "link.target")) for state in states]
            own = f"Patient/{patient}"
            if links and all(own in names for names in links):
                found += [name for name in links[0] if all(name in names for names in links)]
        return [name for name in dict.fromkeys(found) if name.startswith("RelatedPerson/")]

    def _read(self, actor: str) -> Mandate | None:
        kind, _, key = actor.partition("/")
        states, now = self._states(kind, key), self._repository.now()
        patients = {name for state in states for name in self._targets(state, "patient")}
        if len(patients) != 1 or not all(_is_active(state, now) for state in states):
            return None
        patient = next(iter(patients)).removeprefix("Patient/")
        terms = [end for state in states for end in consents.ends_of(state.get("period"))]
        rights, is_permitted = self._minor(patient, now), False
        for consent in self._repository.belongings(patient, "Consent"):
            found = self._permission(consent, actor, now)
            if found is None:
                continue
            if not found.is_permitted:
                return None
            is_permitted, rights = True, rights.and_(found.rights)
            terms += found.ends
        subject = self._repository.current("Patient", patient)
        if not is_permitted or subject is None or subject.is_deleted:
            return None
        last = min(terms, key=lambda term: term.high, default=None)
        relationship = _relationship(states[0])
        if last is None:
            return Mandate(actor, patient, relationship, rights)
        day = (last.high - timedelta(microseconds=1)).date().isoformat()
        return Mandate(actor, patient, relationship, rights, last.high.timestamp(), day)

    def _permission(self, version: Version, actor: str, now: datetime) -> consents.Permission | None:
        """What a Consent says of an actor in all states that count; None when it says nothing, or nothing now."""
        states = self._states(version.kind, version.key)
        if not states:
            return None
        found = [said for state in states if (said := consents.read(state, self._is(actor), now))]
        if len(found) < len(states):
            return None
        return found[0] if len(found) == 1 else found[0].and_(found[1])

    def _states(self, kind: str, key: str) -> list[Json]:
        """What counts of a resource: as the practice left it, and as it is now; nothing of what patients made."""
        versions = self._repository.history(kind, key)
        left = left_by_practice(versions)
        if left is None:
            return []
        return [left.kept()] if left is versions[-1] else [left.kept(), versions[-1].kept()]

    def _minor(self, patient: str, now: datetime) -> Rights:
        """What is taken away from whoever acts for an adolescent: the parts that are confidential.

        A birth date that was changed by other hands than the practice's makes nobody older.
        """
        births = [span(str(state.get("birthDate"))) for state in self._states("Patient", patient)]
        is_adolescent = any(_is_adolescent(born, now) for born in births if born)
        return Rights(hidden_labels=CONFIDENTIAL) if is_adolescent else FULL

    def _born(self, patient: str) -> Span | None:
        version = self._repository.current("Patient", patient)
        return None if version is None or version.is_deleted else span(str(version.kept().get("birthDate")))

    def _is(self, actor: str) -> Callable[[object], bool]:
        return lambda text: isinstance(text, str) and local_target(text, self._repository.base_url) == actor

    def _targets(self, resource: Json, path: str) -> Iterator[str]:
        for element in follow(resource, path):
            text = element.get("reference") if isinstance(element, dict) else None
            name = local_target(text, self._repository.base_url) if isinstance(text, str) else None
            if name:
                yield name


def left_by_practice(versions: list[Version]) -> Version | None:
    """Give the newest version that is the practice's, of a resource that it made and that is still there."""
    if not versions or versions[0].creator or versions[-1].is_deleted:
        return None
    return [version for version in versions if not version.creator and not version.is_deleted][-1]


def _is_active(related: Json, now: datetime) -> bool:
    return related.get("active") is not False and consents.is_within(related.get("period"), now)


def _is_adolescent(born: Span, now: datetime) -> bool:
    """Say whether somebody may be one, born at any time of a span."""
    return _age(born.low, now) >= ADOLESCENT and _age(born.high - timedelta(microseconds=1), now) < ADULT


def _age(born: datetime, now: datetime) -> int:
    """Completed years of life."""
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def _relationship(related: Json) -> str:
    """What a RelatedPerson is to the patient, in words."""
    texts: Iterable[object] = (
        *follow(related, "relationship.text"),
        *follow(related, "relationship.coding.display"),
        *follow(related, "relationship.coding.code"),
    )
    return next((str(text) for text in texts), "")
