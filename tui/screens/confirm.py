"""The question before anything is sent or removed: what, for whom, and then yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button

from tui.actions import Where, bindings
from tui.screens.dialog import Dialog
from tui.widgets.keys import Keys
from tui.widgets.page import Page

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.reading import Reading


class ConfirmScreen(Dialog[bool]):
    """Shows what will be done. Gives True for yes; Enter alone is no, so that a key pressed twice sends nothing."""

    BINDINGS = bindings(Where.CONFIRM)
    AUTO_FOCUS = "#no"

    def __init__(self, reading: Reading, yes: str, no: str = "Go back") -> None:
        super().__init__()
        self._reading = reading
        self._yes, self._no = yes, no

    def compose(self) -> ComposeResult:
        """What will be done, then the two answers."""
        with Vertical(id="question") as box:
            box.border_title = Content(self._reading.kind)
            yield Page(self._reading)
            with Horizontal(id="answers"):
                yield Button(Content(self._no), id="no")
                yield Button(Content(f"{self._yes} (y)"), id="yes", variant="primary")
        yield Keys()

    def on_resize(self) -> None:
        """Keep the answer that has the focus in sight."""
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    @on(Button.Pressed)
    def answer(self, message: Button.Pressed) -> None:
        """Take the button's answer."""
        message.stop()
        self.dismiss(message.button.id == "yes")

    def action_confirm(self) -> None:
        """Say yes."""
        self.dismiss(result=True)

    def action_decline(self) -> None:
        """Say no."""
        self.dismiss(result=False)
