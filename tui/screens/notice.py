"""A plain screen with a sentence and what to do next, where a vault does not open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui.actions import Where, bindings
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.troubles import Trouble


class NoticeScreen(Screen[None]):
    """Says one thing."""

    BINDINGS = bindings(Where.SECTION, only=("quit",))

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self._trouble = trouble

    def compose(self) -> ComposeResult:
        """A box in the middle of the screen."""
        with Vertical(id="box") as box:
            box.border_title = Content("portal")
            yield Static(Content(self._trouble.sentence), id="heading")
            yield Static(Content(self._trouble.hint), id="notice")
        yield Keys()
