"""The reading screen: one record at length, above the screen that it was opened from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import ModalScreen
from textual.widgets import Footer

from tui.actions import Where, bindings
from tui.widgets.page import Page

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.reading import Reading


class DetailScreen(ModalScreen[None]):
    """Shows a Reading."""

    BINDINGS = bindings(Where.DIALOG)

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._reading = reading

    def compose(self) -> ComposeResult:
        """The page; the keys below."""
        yield Page(self._reading, id="page")
        yield Footer(show_command_palette=False)
