"""The choice of one thing out of a list, above the screen that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.actions import Where, bindings
from tui.screens.dialog import Dialog
from tui.widgets.choices import Choices
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from textual.app import ComposeResult


class PickScreen(Dialog[str | None]):
    """Gives the value of the line that was chosen, of pairs of a value and its words; None when none was."""

    BINDINGS = bindings(Where.DIALOG, only=("back",))

    def __init__(self, question: str, lines: tuple[tuple[str, str], ...], chosen: str | None = None) -> None:
        super().__init__()
        self._question = question
        self._lines = lines
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """A box with one line for each, beginning at the one that is chosen now."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._question)
            options = Choices(*(Option(Content(words)) for _, words in self._lines))
            values = [value for value, _ in self._lines]
            options.highlighted = values.index(self._chosen) if self._chosen in values else 0 if values else None
            yield options
        yield Keys()

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Give the line that was chosen."""
        message.stop()
        self.dismiss(self._lines[message.option_index][0])
