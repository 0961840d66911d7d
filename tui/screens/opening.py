"""The first screen: painted before the vault is opened, and before the rest of the dashboard is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Static

from tui.actions import Where, bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult


class OpeningScreen(Screen[None]):
    """Says that the vault is being opened. Its looks are its own: the dashboard's are not read yet."""

    BINDINGS = bindings(Where.SECTION, only=("quit",))
    DEFAULT_CSS = """
    OpeningScreen {
        align: center middle;
        background: $background;
    }
    OpeningScreen > Static {
        width: auto;
    }
    """

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        """A line in the middle of the screen."""
        yield Static(self._words, markup=False)
