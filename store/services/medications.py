"""The medication list."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from store.errors import Ambiguous, NotFound
from store.records import medications
from store.records.source import Source
from store.records.text import sanitize
from store.services.scope import check_one
from store.services.values import Listing
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.medications import Medication
    from store.services.records import Records
    from store.vault.reading import Row

_CURRENT = frozenset({"active", "on-hold", "draft", "intended", "unknown"})
_CLOSE = 0.4


class Medications:
    """Medications, newest first."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def list(self, *, include_past: bool = False, limit: int | None = None) -> Listing[Medication]:
        """Current medications, or with `include_past` all that were ever listed."""
        every = self._all(standing=not include_past)
        found = [item for _, item in every if include_past or item.status in _CURRENT]
        return Listing(tuple(found[:limit]), len(found))

    def match(self, name: str) -> tuple[Row, Medication]:
        """The one current prescription that `name` means: its id, its code, its name, or words of its name.

        Several orders of the same medicine count as one, the newest. Raises NotFound with names that are close,
        Ambiguous.
        """
        current = [
            (row, item)
            for row, item in self._all(standing=True)
            if item.type == "MedicationRequest" and item.status == "active"
        ]
        found = _matching(name, current)
        if not found:
            names = {item.name.lower(): item.name for _, item in current}
            words = {word: full for low, full in names.items() for word in [low, *low.split()]}
            close = difflib.get_close_matches(name.lower(), words, n=3, cutoff=_CLOSE)
            raise NotFound("current prescription", sanitize(name), tuple(dict.fromkeys(words[word] for word in close)))
        names_found = dict.fromkeys(item.name for _, item in found)
        if len(names_found) > 1:
            raise Ambiguous("current prescription", sanitize(name), tuple(names_found))
        check_one("current prescription", name, (Source(item.portal, item.patient) for _, item in found))
        return found[0]

    def _all(self, *, standing: bool) -> Sequence[tuple[Row, Medication]]:
        wanted = Filter(kinds=("medication",), standing=standing)
        sources = self._records.sources()
        return [
            (row, medications.read(body, sanitize(row.title), sources[row.connection]))
            for row, body in self._records.read_all(wanted)
        ]


def _matching(name: str, current: list[tuple[Row, Medication]]) -> list[tuple[Row, Medication]]:
    typed = name.strip().lower()
    if not typed:
        return []
    exact = [pair for pair in current if typed in {pair[1].id.lower(), pair[1].code.lower(), pair[1].name.lower()}]
    return exact or [pair for pair in current if all(word in pair[1].name.lower() for word in typed.split())]
