"""The kinds of records: FHIR types, each with the plain noun that some of its records go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.vault.remembered import once

if TYPE_CHECKING:
    from store.vault.engine import DbConnection
    from store.vault.reading import Filter


class Kind(NamedTuple):
    """A FHIR type and a noun, and the number by which records name them."""

    id: int
    type: str
    noun: str


def every_kind(connection: DbConnection) -> tuple[Kind, ...]:
    """Those that the vault has had records of."""
    sql = "SELECT id, type, noun FROM kind"
    return once(connection, "kinds", lambda: tuple(map(Kind._make, connection.execute(sql))))


def kinds_of(connection: DbConnection, wanted: Filter) -> list[Kind]:
    """Those of which records are wanted, by their types and nouns; where none is named, all are meant."""
    return [
        kind
        for kind in every_kind(connection)
        if (not wanted.types or kind.type in wanted.types) and (not wanted.kinds or kind.noun in wanted.kinds)
    ]


def every_noun(connection: DbConnection) -> frozenset[str]:
    """The plain nouns that the vault has had records of."""
    return frozenset(kind.noun for kind in every_kind(connection))
