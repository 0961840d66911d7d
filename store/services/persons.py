"""Who is one and the same: a patient may be known to several portals, and each calls them by an id of its own.

Two are taken for one person only where first and last name and date of birth are known and the same, and no portal has
two of them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from store.vault import reading, shown
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.vault.engine import DbConnection
    from store.vault.reading import Owner
    from store.vault.transaction import Transaction

PersonKey: TypeAlias = tuple[str, str]
_SHOWN = "person"


def keys(connection: DbConnection, owners: Sequence[Owner]) -> dict[int, PersonKey]:
    """Who the patient of each connection is; those of one person have one key."""
    found = {owner.id: (owner.base_url, owner.patient) for owner in owners}
    if len(set(found.values())) < 2:  # noqa: PLR2004 - one alone is nobody else
        return found
    births = _births(connection, owners)
    alike: dict[PersonKey, set[PersonKey]] = defaultdict(set)
    for owner in owners:
        words = owner.patient_name.casefold().split()
        if words and (born := births.get(owner.id)):
            alike[f"{words[0]} {words[-1]}", born].add(found[owner.id])
    for same in alike.values():
        if len({base_url for base_url, _ in same}) == len(same):
            for number, place in found.items():
                found[number] = min(same) if place in same else place
    return found


def same(connection: DbConnection, owners: Sequence[Owner], of: int) -> frozenset[int]:
    """The connections of the person whose connection `of` is."""
    known = keys(connection, owners)
    return frozenset(number for number, key in known.items() if key == known.get(of))


def shown_to(connection: DbConnection, owners: Sequence[Owner]) -> frozenset[int]:
    """The connections of the person whose records are shown; none where everybody's are."""
    chosen = shown.recall(connection, _SHOWN)
    number = int(chosen) if chosen.isdigit() else 0
    return same(connection, owners, number) if any(owner.id == number for owner in owners) else frozenset()


def show(tx: Transaction, number: int | None) -> None:
    """Show the records of one person from now on, or with None everybody's."""
    shown.remember(tx, _SHOWN, "" if number is None else str(number))


def _births(connection: DbConnection, owners: Sequence[Owner]) -> dict[int, str]:
    """The date of birth that each patient's own record tells."""
    ids = {owner.id: owner.patient for owner in owners}
    rows = reading.rows(connection, Filter(types=("Patient",), connections=tuple(ids)))
    return {row.connection: row.date_text for row in rows if row.id == ids[row.connection] and row.date_text}
