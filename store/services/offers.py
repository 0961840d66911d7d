"""Names and ids that a shell completes a line with: told from the columns of records alone, and noted nowhere.

A line asks for one noun, and a shell waits for it: what only some nouns need is loaded by these.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from store.records.text import Safe, one_line
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.services.scope import Scope
    from store.vault.reading import Row
    from store.vault.vault import Vault

MOST = 100
"""So many are offered, the newest."""
_MEDICINES = 400  # entries that are looked at, the newest: one medicine has many
_DAY = 86_400  # seconds


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
        from store.records.medications import CURRENT  # noqa: PLC0415

        return self._medicines(Filter(types=("MedicationStatement",), statuses=CURRENT))

    def threads(self) -> list[tuple[Safe, Safe]]:
        """Conversations by their ids, those that no portal has yet first."""
        from store.records import messages  # noqa: PLC0415

        wanted = Filter(types=("Communication",), standing=True, limit=MOST)
        with self._vault.reading() as connection:
            meant = replace(wanted, connections=self._scope.ids(connection))
            found = list(reading.records(self._vault, connection, meant))
        read = [messages.read(json.loads(body)) for _, body in found]
        roots = messages.roots(read)
        offered = dict(reversed(self._waiting("Communication")))
        for message in read:
            offered.setdefault(Safe(roots[message.id]), message.subject)
        return [*offered.items()]

    def appointments(self) -> list[tuple[Safe, Safe]]:
        """Appointments that lie ahead, by their ids, those that no portal has yet first."""
        from store.records import appointments  # noqa: PLC0415

        gone = time.time() - _DAY
        rows = self._rows(Filter(types=("Appointment",), statuses=tuple(sorted(appointments.COMING)), limit=MOST))
        ahead = [row for row in rows if row.status in appointments.REQUESTED or row.date is None or row.date >= gone]
        return self._waiting("Appointment") + _by_id(ahead)

    def allergies(self) -> list[tuple[Safe, Safe]]:
        """Allergies that stand, by their ids, those that no portal has yet first."""
        from store.records import allergies  # noqa: PLC0415

        rows = self._rows(Filter(types=("AllergyIntolerance",), standing=True, limit=MOST))
        return self._waiting("AllergyIntolerance") + _by_id(row for row in rows if row.status not in allergies.OVER)

    def insurance(self) -> list[tuple[Safe, Safe]]:
        """Insurances that are current, by their ids, those that no portal has yet first."""
        from store.records import coverages  # noqa: PLC0415

        rows = self._rows(Filter(types=("Coverage",), statuses=tuple(sorted(coverages.CURRENT)), limit=MOST))
        return self._waiting("Coverage") + _by_id(rows)

    def refills(self) -> list[tuple[Safe, Safe]]:
        """Requests for more of a medicine by their ids, those that no portal has as requests first."""
        from store.vault import outbox  # noqa: PLC0415

        rows = self._rows(Filter(types=("Task",), kinds=("refill",), limit=MOST))
        known = {f"Task/{row.id}" for row in rows}
        with self._vault.reading() as connection:
            items = outbox.items(connection, self._scope.ids(connection))
        ours = [item for item in reversed(items) if item.kind == "refill" and item.result not in known]
        return [(Safe(item.id), one_line(item.title)) for item in ours] + _by_id(rows)

    def outbox(self) -> list[tuple[Safe, Safe]]:
        """What waits in the outbox or was sent from there, by its ids."""
        from store.services import unsent  # noqa: PLC0415
        from store.vault import outbox  # noqa: PLC0415

        with self._vault.reading() as connection:
            items = outbox.items(connection, self._scope.ids(connection))
        return [(Safe(item.id), one_line(item.title)) for item in reversed(items) if unsent.is_shown(item)]

    def conflicts(self) -> list[tuple[Safe, Safe]]:
        """What has to be decided, by its ids, called as the change is that it is about."""
        from store.vault import conflicts, outbox  # noqa: PLC0415

        with self._vault.reading() as connection:
            meant = self._scope.ids(connection)
            titles = {item.id: item.title for item in outbox.items(connection, meant)}
            found = conflicts.waiting(connection, meant)
        return [(Safe(one.id), one_line(titles[one.item])) for one in found]

    def _waiting(self, type_name: str) -> list[tuple[Safe, Safe]]:
        from store.services import unsent  # noqa: PLC0415

        with self._vault.reading() as connection:
            items = list(unsent.new_records(connection, self._scope.ids(connection), type_name))
        return [(Safe(item.id), one_line(item.title)) for item in items]

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


def _by_id(rows: Iterable[Row]) -> list[tuple[Safe, Safe]]:
    return [(Safe(row.id), one_line(row.title)) for row in rows]
