"""The choice of where to go: every screen with its letter, above the one that shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.actions import Where, bindings
from tui.screens.dialog import Dialog
from tui.sections import SECTIONS
from tui.widgets.choices import MarkedList
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


class GoScreen(Dialog[str | None]):
    """Gives the name of the section that was chosen, by its letter or in the list."""

    BINDINGS = bindings(Where.DIALOG, only=("back",))

    def compose(self) -> ComposeResult:
        """A box with one line for each."""
        with Vertical(id="box") as box:
            box.border_title = Content("Go to")
            yield MarkedList(
                *(
                    Option(Content.assemble((f"{section.key}  ", "bold"), f"{section.title:20}", section.words))
                    for section in SECTIONS
                )
            )
        yield Keys()

    def on_key(self, event: events.Key) -> None:
        """Go by letter."""
        if found := next((section for section in SECTIONS if section.key == event.key), None):
            event.stop()
            self.dismiss(found.name)

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Go to the line that was chosen."""
        message.stop()
        self.dismiss(SECTIONS[message.option_index].name)
