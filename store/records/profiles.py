"""A patient's own details as they are shown: how to reach them, whom to call, which language they speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import details, elements
from store.records.dates import FhirDate, parse
from store.records.source import NOWHERE, Source
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.elements import Json

OWN_NAMES = ("usual", "nickname")


@dataclass(frozen=True, slots=True)
class Reach:
    """A way to reach somebody: a telephone number, e-mail address or postal address, and what it is used for."""

    use: Safe
    value: Safe


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call."""

    name: Safe
    relationship: Safe
    phones: tuple[Safe, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The details of one patient at one portal."""

    id: Safe
    name: Safe
    preferred_name: Safe
    born: FhirDate | None
    gender: Safe
    phones: tuple[Reach, ...]
    emails: tuple[Reach, ...]
    addresses: tuple[Reach, ...]
    contacts: tuple[Contact, ...]
    language: Safe
    portal: Safe = EMPTY
    patient: Safe = EMPTY


def read(resource: Json, origin: Source = NOWHERE) -> Profile:
    """Read a Patient as a profile."""
    names = elements.objects(resource.get("name"))
    legal = [name for name in names if name.get("use") not in OWN_NAMES]
    return Profile(
        id=elements.text(resource.get("id")),
        name=elements.human_name(legal or names),
        preferred_name=preferred_name(resource),
        born=parse(resource.get("birthDate")),
        gender=elements.text(resource.get("gender")),
        phones=_points(resource, "phone"),
        emails=_points(resource, "email"),
        addresses=tuple(
            Reach(elements.text(item.get("use")), details.in_words(item))
            for item in elements.objects(resource.get("address"))
        ),
        contacts=tuple(map(_contact, elements.objects(resource.get("contact")))),
        language=language(resource),
        portal=origin.portal,
        patient=origin.patient,
    )


def preferred_name(resource: Json) -> Safe:
    """What somebody likes to be called, where it is told apart from the legal name."""
    own = [name for name in elements.objects(resource.get("name")) if name.get("use") in OWN_NAMES]
    return elements.human_name(own[:1])


def language(resource: Json) -> Safe:
    """The language that somebody prefers to speak: the preferred one, else the only one."""
    known = elements.objects(resource.get("communication"))
    chosen = next((one for one in known if one.get("preferred") is True), known[0] if len(known) == 1 else {})
    return elements.concept(chosen.get("language"))


def _points(resource: Json, system: str) -> tuple[Reach, ...]:
    return tuple(
        Reach(elements.text(point.get("use")), elements.text(point.get("value")))
        for point in elements.objects(resource.get("telecom"))
        if point.get("system") == system
    )


def _contact(item: Json) -> Contact:
    points = elements.objects(item.get("telecom"))
    return Contact(
        name=elements.human_name(item.get("name")),
        relationship=elements.concept(item.get("relationship")),
        phones=tuple(elements.text(point.get("value")) for point in points if point.get("system") == "phone"),
    )
