"""A panel: a titled table of one noun, one of several below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.columns import Row
    from tui.nouns import Noun


class Panel(Table):
    """The lines of one noun. Reports Left when the cursor runs out of lines, besides what a table reports."""

    class Left(Message):
        """The cursor ran past the last line (`step` 1) or the first one (-1)."""

        def __init__(self, panel: Panel, step: int) -> None:
            self.panel, self.step = panel, step
            super().__init__()

    def __init__(self, noun: Noun) -> None:
        super().__init__(noun.columns, noun.empty, id=noun.name)
        self.noun = noun
        self.border_title = Content(noun.title)

    def fill_with(self, rows: Sequence[Row], note: str) -> None:
        """Show these lines; `note` stands at the end of the title's line."""
        self.border_subtitle = Content(note)
        self.show(rows)

    def action_move(self, step: int) -> None:
        """Move the cursor, or leave the panel at its end."""
        if 0 <= self.cursor + step < self.lines.total:
            super().action_move(step)
        else:
            self.post_message(self.Left(self, step))
