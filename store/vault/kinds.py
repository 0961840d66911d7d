"""The kinds of records: FHIR types, each with the plain noun that some of its records go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.vault.remembered import once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.vault.engine import DbConnection


class Kind(NamedTuple):
    """A FHIR type and a noun, and the number by which records name them."""

    id: int
    type: str
    noun: str


def every_kind(connection: DbConnection) -> tuple[Kind, ...]:
    """Those that the vault has had records of."""
    sql = "SELECT id, type, noun FROM kind"
    return once(connection, "kinds", lambda: tuple(map(Kind._make, connection.execute(sql))))


def kinds_of(connection: DbConnection, types: Sequence[str], nouns: Sequence[str]) -> list[Kind]:
    """Those of some types that go by some nouns; where none is named, all are meant."""
    return [
        kind
        for kind in every_kind(connection)
        if (not types or kind.type in types) and (not nouns or kind.noun in nouns)
    ]


def every_noun(connection: DbConnection) -> frozenset[str]:
    """The plain nouns that the vault has had records of."""
    return frozenset(kind.noun for kind in every_kind(connection))
