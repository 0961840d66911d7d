"""Who a record names as having ordered, done, written or answered for it (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import elements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json

_PEOPLE = (
    "requester", "performer", "recorder", "asserter", "author", "authenticator", "sender", "recipient", "practitioner",
    "participant", "prescriber", "generalPractitioner", "provider", "careManager", "resultsInterpreter", "interpreter",
    "informationSource", "expressedBy", "attester", "contributor", "receiver", "source", "owner", "careTeam",
    "managingOrganization", "custodian", "serviceProvider", "enterer", "agent",
)  # fmt: skip
_INSIDE = ("actor", "individual", "member", "party", "provider", "who", "onBehalfOf", "function")
TYPES = ("Practitioner", "PractitionerRole", "Organization", "CareTeam")
"""The types of record that are clinicians, or practices of theirs."""


def named(resource: Json) -> Iterator[tuple[str, str]]:
    """For each clinician of a record, the name that it gives (unsafe) and the reference to another record."""
    for element in _PEOPLE:
        for item in elements.objects(resource.get(element)):
            yield _of(item)
            for inside in _INSIDE:
                for part in elements.objects(item.get(inside)):
                    yield _of(part)


def has(resource: Json, words: tuple[str, ...], references: frozenset[str]) -> bool:
    """Whether one clinician of a record is named by all of the (folded) words, or is one of those referred to."""
    return any(
        (name and all(word in name.casefold() for word in words)) or reference in references
        for name, reference in named(resource)
    )


def _of(item: Json) -> tuple[str, str]:
    display = item.get("display")
    literal = "/".join(elements.target(elements.reference(item)))
    return display if isinstance(display, str) else "", literal
