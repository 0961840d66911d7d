"""The question before something is written for somebody else than who is shown: their name has to be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.actions import Where, bindings
from tui.asking import AskingScreen
from tui.screens.dialog import Dialog
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.services.writes import Doubt
    from tui.troubles import Trouble


class NamingScreen(AskingScreen[bool], Dialog[bool]):
    """Gives True once what is wanted was typed; what is confirmed by it is one write. Left, it gives None."""

    AUTO_FOCUS = "Input"
    BINDINGS = bindings(Where.DIALOG, only=("back",))

    def __init__(self, doubt: Doubt) -> None:
        super().__init__()
        self._doubt = doubt

    def compose(self) -> ComposeResult:
        """Whom it is for, who is shown, and the field."""
        doubt = self._doubt
        words = str(doubt.error())
        with Vertical(id="box") as box:
            box.border_title = Content(f"For {doubt.for_}")
            yield Static(Content(f"{words[:1].upper()}{words[1:]}."), id="heading")
            yield Static(Content(f"Type `{doubt.wanted}` and press Enter to go on, or press Esc to leave it."))
            typed = Input(id="typed")
            typed.cursor_blink = False
            yield typed
            yield Static(
                Content("To write several things for one person, show their chart first: Esc, then p."), id="notice"
            )
        yield Keys()

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Go on if that is what is wanted."""
        event.stop()
        doubt, typed = self._doubt, event.value
        self.ask(lambda client: client.writes.confirm(doubt, typed), self._decide, self._refuse)

    def _decide(self, is_right: bool) -> None:  # noqa: FBT001 - the service gives it so
        if is_right:
            self.dismiss(result=True)
        else:
            self._tell(f"✗ That is not `{self._doubt.wanted}`.")

    def _refuse(self, trouble: Trouble) -> None:
        self._tell(f"✗ {trouble.words}")

    def _tell(self, words: str) -> None:
        notice = self.query_one("#notice", Static)
        notice.add_class("-error")
        notice.update(Content(words))
