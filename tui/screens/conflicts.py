"""Conflicts: changes that overlap with changes of the portal's, each to be decided side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from tui import rows_of_letters
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.merge import MergeScreen
from tui.screens.writing import WritingScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.services.conflicts import ConflictRow
    from store.services.values import Listing


class ConflictsScreen(WritingScreen):
    """What waits for a decision, oldest first."""

    NAME = "conflicts"
    BINDINGS = bindings(Where.WRITING, Where.CONFLICTS)
    COLUMNS = (
        Column(most=12, title="State"),
        Column(most=50, least=16, title="Record"),
        Column(most=60, least=14, title="What"),
        Column(most=11, title="Since"),
    )
    EMPTY = "Nothing waits for your decision."
    HINT = "Enter shows both sides of a conflict, and lets you decide."

    def reload(self) -> None:
        """Read the list anew."""
        self.ask(lambda client: client.conflicts.list(), self._show)

    @on(Table.Chosen)
    def open_line(self, message: Table.Chosen) -> None:
        """Decide a conflict."""
        self._merge(message.row.key, message.row.portal)

    def action_decide(self) -> None:
        """Decide the conflict under the cursor."""
        if row := self.chosen("there is no conflict to do that with"):
            self._merge(row.key, row.portal)

    def _merge(self, conflict: str, portal: str) -> None:
        def merge() -> None:
            self.app.push_screen(MergeScreen(conflict), self.close)

        self.for_them(portal, merge)

    def _show(self, found: Listing[ConflictRow]) -> None:
        now = self.portal.clock()
        self.table.show(
            self.narrowed(
                rows_of_letters.conflict(each, now, self.whose(each.portal, each.patient)) for each in found.items
            )
        )
        waits = "waits" if found.total == 1 else "wait"
        self.say(f"! {found.total} {waits} for your decision" if found.total else "")
