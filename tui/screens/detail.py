"""The reading screen: one record at length, above the screen that it was opened from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Footer

from tui.actions import Where, bindings
from tui.screens.dialog import Dialog
from tui.widgets.page import Page

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.screen import Screen

    from tui.reading import Reading


class DetailScreen(Dialog[None]):
    """Shows a Reading; the keys of the screen `below`, from which it was opened, do here what they do there."""

    BINDINGS = bindings(Where.DIALOG)

    def __init__(self, reading: Reading, below: Screen[None] | None = None) -> None:
        super().__init__()
        self._reading = reading
        self._below = below

    def compose(self) -> ComposeResult:
        """The page; the keys below."""
        yield Page(self._reading, id="page")
        yield Footer(show_command_palette=False)

    def on_key(self, event: events.Key) -> None:
        """Close this and do there what a key does there, unless it means something here."""
        if self._below is None or event.key in self.active_bindings:
            return
        known = self._below._bindings.key_to_bindings.get(event.key, [])  # noqa: SLF001 - what is bound is told nowhere else
        if known:
            event.stop()
            self.dismiss()
            self.app.call_later(self._below.run_action, known[0].action)
