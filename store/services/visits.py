"""What happened in a visit: the records that say that they belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import catalog, elements
from store.records.details import Fact, Section
from store.records.lossless import decode
from store.records.text import Safe, sanitize
from store.vault import paging, reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault

_DAY = 86_400
_AFTER = 30 * _DAY  # reports and notes of a visit come in for a while
_MOST = 400
_APART = ("Encounter", "Provenance", "Claim", "ExplanationOfBenefit")
_TITLE = Safe("What happened")


def happened(vault: Vault, connection: DbConnection, row: Row, body: Json) -> Section:
    """The records of a visit among those of its days and the weeks after, by kind, newest first."""
    start, end = elements.period(body.get("period"))
    first = start.epoch if start and start.epoch is not None else row.date
    if first is None:
        return Section(_TITLE)
    last = end.epoch if end and end.epoch is not None else first
    wanted = Filter(connections=(row.connection,), since=first - _DAY, until=last + _AFTER, limit=_MOST)
    keys = [pk for _, pk in paging.keys(connection, wanted)]
    bodies = reading.bodies(vault, connection, keys)
    found = [
        each
        for each in reading.rows_of(connection, keys)
        if each.type not in _APART and _is_of(decode(bodies[each.pk]), row.id)
    ]
    return Section(_TITLE, tuple(map(_fact, sorted(found, key=lambda each: each.kind))))


def _is_of(body: Json, encounter_id: str) -> bool:
    context = elements.first(body.get("context"))
    named = [body.get("encounter"), context, *elements.objects(context.get("encounter"))]
    return any(elements.target(elements.reference(item)) == ("Encounter", encounter_id) for item in named)


def _fact(row: Row) -> Fact:
    value = " ".join(filter(None, (row.value, row.unit)))
    words = ": ".join(filter(None, (row.title, value)))
    flag = f" ({row.flag})" if row.flag and row.flag != "normal" else ""
    return Fact(catalog.type_in_words(row.kind), sanitize(f"{words}{flag}"))
