"""Records: every record of the chart, newest first, however many there are; and the search through all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui import rows
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.long import LongListScreen

if TYPE_CHECKING:
    from store.services.searches import Hits
    from tui.columns import Row


class RecordsScreen(LongListScreen):
    """All records, or those of one kind, out of range, or new."""

    NAME = "records"
    BINDINGS = bindings(Where.LONG, Where.RECORDS)
    COLUMNS = (
        Column(most=11, title="Date"),
        Column(most=14, from_width=54, title="Kind"),
        Column(most=80, least=24, title="Record"),
        Column(most=60, least=10, title="Value"),
        Column(most=18, title="Flag"),
        Column(most=20, from_width=90, title="State"),
    )
    EMPTY = "No records. Press s to look for new ones."

    def __init__(self, *about: str) -> None:
        super().__init__()
        self._begins_finding = "find" in about

    def on_mount(self) -> None:
        """Begin with the field for words where that was asked for."""
        super().on_mount()
        if self._begins_finding:
            self.action_filter()

    def found(self, hits: Hits) -> list[Row]:
        """What a search found, with the words around what was searched for."""
        return [rows.hit(item, self.portal.clock()) for item in hits.items]

    def action_new(self) -> None:
        """List what is new since the last look, or everything again."""
        self.narrow_to(replace(self.wanted, new=not self.wanted.new))
