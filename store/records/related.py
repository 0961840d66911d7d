"""Somebody who acts for a patient: RelatedPerson, and Person, which says who is one and the same (FHIR R4 §8.7)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements
from store.records.text import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.dates import FhirDate
    from store.records.elements import Json
    from store.records.text import Safe

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts for a patient: the name, what they are to the patient, and the end of their right."""

    name: Safe = EMPTY
    relationship: Safe = EMPTY
    ends: FhirDate | None = None
    is_active: bool = True

    def is_over(self, now: float | None = None) -> bool:
        """Whether the right has ended; its last day belongs to it."""
        if not self.is_active:
            return True
        if self.ends is None or self.ends.epoch is None:
            return False
        moment = time.time() if now is None else now
        return moment >= self.ends.epoch + (0 if self.ends.has_time else _DAY_SECONDS)


def read(resource: Json, consents: Iterable[Json] = ()) -> Acting:
    """Read a RelatedPerson or a Person, whose right also ends with every consent that names it."""
    own = f"{resource.get('resourceType')}/{resource.get('id')}"
    ends = [elements.period(resource.get("period"))[1]]
    revoked = False
    for consent in consents:
        provision = elements.first(consent.get("provision"))
        actors = elements.objects(provision.get("actor"))
        if any("/".join(elements.target(elements.reference(one.get("reference")))) == own for one in actors):
            ends.append(elements.period(provision.get("period"))[1])
            revoked = revoked or consent.get("status") in {"inactive", "rejected", "entered-in-error"}
    known = [end for end in ends if end is not None and end.epoch is not None]
    return Acting(
        name=elements.human_name(resource.get("name")),
        relationship=elements.concept(resource.get("relationship")),
        ends=min(known, key=lambda end: end.epoch or 0, default=None),
        is_active=resource.get("active") is not False and not revoked,
    )


def linked(person: Json) -> tuple[str, ...]:
    """Whom a Person is one and the same with, each as `Type/id`."""
    links = elements.objects(person.get("link"))
    return tuple("/".join(elements.target(elements.reference(link.get("target")))) for link in links)
