"""A table whose lines can be marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from tui.actions import Where, bindings
from tui.widgets.table import Table

if TYPE_CHECKING:
    from tui.columns import Row


class MarkingTable(Table):
    """Reports Marked when a line is to be marked, or is not to be any more; which are marked is for its owner."""

    BINDINGS = bindings(Where.MARKING)

    class Marked(Message):
        """A line was marked, or its mark taken away."""

        def __init__(self, table: MarkingTable, row: Row) -> None:
            self.table, self.row = table, row
            super().__init__()

        @property
        def control(self) -> MarkingTable:
            """The table that it was marked in."""
            return self.table

    def action_mark(self) -> None:
        """Mark the line under the cursor, or take its mark away."""
        if self.current is not None:
            self.post_message(self.Marked(self, self.current))
