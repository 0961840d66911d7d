"""Names and ids that a shell completes a line with: told from the columns of records alone, and noted nowhere."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from store.records import messages
from store.records.medications import CURRENT
from store.records.text import Safe, one_line
from store.vault import outbox, reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.services.scope import Scope
    from store.vault.reading import Row
    from store.vault.vault import Vault

MOST = 100
"""So many are offered, the newest."""
_MEDICINES = 400  # entries that are looked at, the newest: one medicine has many
_OVER = frozenset({outbox.State.CONFIRMED, outbox.State.CANCELLED})


class Offers:
    """Pairs of what may be typed and of what it is called, newest first."""

    def __init__(self, vault: Vault, scope: Scope) -> None:
        self._vault = vault
        self._scope = scope

    def records(self) -> list[tuple[Safe, Safe]]:
        """Records of every kind, as `Type/id`."""
        return [(Safe(f"{row.type}/{row.id}"), one_line(row.title)) for row in self._rows(Filter(limit=MOST))]

    def results(self, kind: str) -> list[tuple[Safe, Safe]]:
        """Results by their ids, called by what they are of and their values; `kind` is `lab` or `vital`."""
        found = self._rows(Filter(kinds=(kind,), limit=MOST))
        return [(Safe(row.id), one_line(f"{row.title} {row.value} {row.unit}")) for row in found]

    def prescriptions(self) -> list[tuple[Safe, Safe]]:
        """Medicines that more may be asked of: by the first word of a name where that is enough, else by the id."""
        return self._medicines(Filter(types=("MedicationRequest",), statuses=("active",)))

    def own_medicines(self) -> list[tuple[Safe, Safe]]:
        """Medicines that were reported, in the same way."""
        return self._medicines(Filter(types=("MedicationStatement",), statuses=CURRENT))

    def threads(self) -> list[tuple[Safe, Safe]]:
        """Conversations by their ids, those that no portal has yet first."""
        wanted = Filter(types=("Communication",), standing=True, limit=MOST)
        with self._vault.reading() as connection:
            meant = self._scope.ids(connection)
            waiting = [item for item in outbox.items(connection, meant) if item.type == "Communication"]
            found = list(reading.records(self._vault, connection, replace(wanted, connections=meant)))
        read = [messages.read(json.loads(body)) for _, body in found]
        roots = messages.roots(read)
        offered = {Safe(item.id): one_line(item.title) for item in reversed(waiting) if item.state not in _OVER}
        for message in read:
            offered.setdefault(Safe(roots[message.id]), message.subject)
        return [*offered.items()]

    def _medicines(self, wanted: Filter) -> list[tuple[Safe, Safe]]:
        rows = self._rows(replace(wanted, standing=True, limit=_MEDICINES))
        named = {one_line(row.title): row for row in reversed(rows)}  # the newest of several of one name
        first = {name: Safe(name.partition(" ")[0].casefold()) for name in named}
        often = Counter(first.values())
        return [
            (first[name] if often[first[name]] == 1 else Safe(row.id), name) for name, row in reversed(named.items())
        ]

    def _rows(self, wanted: Filter) -> list[Row]:
        with self._vault.reading() as connection:
            return reading.rows(connection, replace(wanted, connections=self._scope.ids(connection)))
