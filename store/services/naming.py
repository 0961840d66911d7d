"""What the records that a record refers to are called, as far as the vault has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.records import elements
from store.records.text import EMPTY, Safe, sanitize
from store.vault import reading

if TYPE_CHECKING:
    from store.records.appointments import Appointment
    from store.vault.engine import DbConnection


class Names:
    """Titles of records of one connection, each looked up once."""

    def __init__(self, connection: DbConnection, owner: int) -> None:
        self._connection = connection
        self._owner = owner
        self._known: dict[str, Safe] = {}

    def __call__(self, literal: str) -> Safe:
        """The title of the record that a literal reference means; empty where the vault does not have it."""
        if literal not in self._known:
            name = elements.target(literal)
            found = reading.titles_of(self._connection, self._owner, [name]) if all(name) else {}
            self._known[literal] = sanitize(next(iter(found.values()), "")) or EMPTY
        return self._known[literal]


def with_names(visit: Appointment, names: Names) -> Appointment:
    """An appointment whose people and places are called as in their own records, where it only refers to them."""
    return replace(
        visit,
        clinicians=tuple(names(one) or one for one in visit.clinicians),
        places=tuple(names(one) or one for one in visit.places),
    )
