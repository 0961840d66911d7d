"""Screens with a list and, where there is room, a page beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.section import SectionScreen
from tui.widgets.filter import Filter
from tui.widgets.page import Page
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.columns import Column


class SplitScreen(SectionScreen):
    """A list with a line above it that says what is listed, a field that narrows it, and a page to read in."""

    COLUMNS: ClassVar[Sequence[Column]]
    EMPTY: ClassVar[str]
    HINT: ClassVar[str] = "Enter opens a line here."
    TURNED_HINT: ClassVar[str] = ""
    """What stands in the page while the other one of two views is shown, where that is something else."""
    AUTO_FOCUS = "Table"

    def body(self) -> ComposeResult:
        """The list to the left, the page to the right."""
        with Horizontal(id="split"):
            with Vertical(id="list"):
                yield Static(id="summary", markup=False)
                yield Filter(id="filter")
                yield from self.above()
                yield Table(self.COLUMNS, self.EMPTY, keeps_mark=True, id="table")
                yield from self.below()
            yield Page(hint=self.HINT, id="beside")

    @property
    def is_turned(self) -> bool:
        """Whether the other one of two views is shown, where there are two."""
        return False

    def turn(self) -> None:
        """Show the view that was just chosen: its keys, its hint where nothing is read, and what it lists."""
        self.refresh_bindings()
        page = self.query_one("#beside", Page)
        if page.reading is None:
            self.call_later(page.show, None, self.TURNED_HINT if self.is_turned and self.TURNED_HINT else self.HINT)
        self.reload()

    def above(self) -> ComposeResult:
        """What stands above the list, if anything."""
        yield from ()

    def below(self) -> ComposeResult:
        """What stands below the list, if anything."""
        yield from ()

    @property
    def table(self) -> Table:
        """The list."""
        return self.query_one("#table", Table)

    @property
    def typed(self) -> str:
        """What the list is narrowed by; empty where it is not."""
        return self.query_one("#filter", Input).value.strip()

    def say(self, summary: str) -> None:
        """Say above the list what it shows."""
        self.query_one("#summary", Static).update(Content(summary))

    def action_filter(self) -> None:
        """Let words be typed that narrow the list."""
        field = self.query_one("#filter", Input)
        field.add_class("-open")
        self.set_focus(field)  # at once: the next key may be typed already

    def action_leave(self) -> None:
        """Clear what narrows the list, or else leave as any screen does."""
        field = self.query_one("#filter", Input)
        if field.has_class("-open"):
            field.remove_class("-open")
            field.value = ""
            self.table.focus()
        else:
            super().action_leave()

    @on(Input.Changed, "#filter")
    def narrow(self) -> None:
        """Narrow the list while it is typed."""
        self.reload()

    @on(Input.Submitted, "#filter")
    def keep_filter(self) -> None:
        """Go to the list that is left."""
        self.table.focus()
