"""The unlock screen: a field for the passphrase, and nothing of the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.actions import Where, bindings
from tui.messages import PassphraseTyped
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.troubles import Trouble


class UnlockScreen(Screen[None]):
    """Asks for the passphrase until the vault opens; `why` tells what led here. Reports PassphraseTyped."""

    AUTO_FOCUS = "Input"
    BINDINGS = bindings(Where.UNLOCK)

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self._why = why

    def compose(self) -> ComposeResult:
        """A box in the middle of the screen."""
        with Vertical(id="box") as box:
            box.border_title = Content("portal")
            yield Static(Content("The vault is locked."), id="heading")
            passphrase = Input(password=True, placeholder="Passphrase", id="passphrase")
            passphrase.cursor_blink = False
            yield passphrase
            keys = "Enter opens it, F3 takes the recovery code, Ctrl+Q leaves."
            yield Static(Content(f"{self._why}\n{keys}" if self._why else keys), id="notice")
        yield Keys()

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Hand the passphrase over and keep nothing of it."""
        typed = event.value
        event.input.clear()
        if not typed:
            self._notice("Type the passphrase of your vault.", is_error=True)
            return
        event.input.disabled = True
        self._notice("Opening the vault …", is_error=False)
        self.post_message(PassphraseTyped(typed))

    def action_recover(self) -> None:
        """Open it with the recovery code."""
        from tui.screens.first_run import RecoverScreen  # noqa: PLC0415 - rarely needed

        self.app.push_screen(RecoverScreen())

    def show_trouble(self, trouble: Trouble) -> None:
        """Say why the vault did not open, and let the user try again."""
        field = self.query_one(Input)
        field.disabled = False
        field.focus()
        self._notice(f"✗ {trouble.words}", is_error=True)

    def _notice(self, words: str, *, is_error: bool) -> None:
        notice = self.query_one("#notice", Static)
        notice.set_class(is_error, "-error")
        notice.update(Content(words))
