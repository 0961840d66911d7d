"""Places where care is given: Locations, for finding the way there (FHIR R4 §8.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements
from store.records.text import Safe

if TYPE_CHECKING:
    from decimal import Decimal

    from store.records.elements import Json

_PARTS = ("city", "district", "state", "postalCode", "country")


@dataclass(frozen=True, slots=True)
class Place:
    """One place: its name, the lines of its address, telephone numbers, and where it is on the globe, if it says so."""

    id: Safe
    name: Safe
    address: tuple[Safe, ...]
    telephones: tuple[Safe, ...]
    description: Safe
    latitude: Decimal | None
    longitude: Decimal | None


def read(resource: Json) -> Place:
    """Read a Location."""
    position = elements.first(resource.get("position"))
    telecoms = [one for one in elements.objects(resource.get("telecom")) if one.get("system") == "phone"]
    return Place(
        id=elements.text(resource.get("id")),
        name=elements.text(resource.get("name")),
        address=_address(elements.first(resource.get("address"))),
        telephones=tuple(filter(None, (elements.text(one.get("value")) for one in telecoms))),
        description=elements.long_text(resource.get("description")),
        latitude=elements.number(position.get("latitude")),
        longitude=elements.number(position.get("longitude")),
    )


def _address(address: Json) -> tuple[Safe, ...]:
    given = address.get("line")
    lines = [elements.text(line) for line in given] if isinstance(given, list) else []
    town = Safe(", ".join(filter(None, (elements.text(address.get(part)) for part in _PARTS))))
    whole = elements.text(address.get("text"))
    return tuple(filter(None, [*lines, town])) or ((whole,) if whole else ())
