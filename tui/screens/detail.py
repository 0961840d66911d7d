"""The reading screen: one record at length, above the screen that it was opened from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import ActiveBinding

from tui.actions import Where, bindings
from tui.screens.dialog import Dialog
from tui.widgets.keys import Keys
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
        yield Keys()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys of this screen, and for the footer those of the screen below that do something here, too."""
        own = super().active_bindings
        below = self._below
        if below is None:
            return own
        known = below._bindings.key_to_bindings  # noqa: SLF001 - as in on_key
        theirs = {
            key: ActiveBinding(below, found[0], enabled=True, tooltip=found[0].tooltip)
            for key, found in known.items()
            if key not in own and found[0].show and below.check_action(found[0].action, ()) is not False
        }
        return {**own, **theirs}

    def on_key(self, event: events.Key) -> None:
        """Close this and do there what a key does there, unless it means something here."""
        if self._below is None or event.key in super().active_bindings:
            return
        known = self._below._bindings.key_to_bindings.get(event.key, [])  # noqa: SLF001 - what is bound is told nowhere else
        if known:
            event.stop()
            self.dismiss()
            self.app.call_later(self._below.run_action, known[0].action)
