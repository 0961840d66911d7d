"""The first run: a vault with its passphrase and recovery code, or a look around with made-up patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import Input, Static

from store.errors import PassphraseWeak
from store.opening import check_new_passphrase
from tui.calls import Asked
from tui.forms import Field, Kind
from tui.screens.step import StepScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client

_WITHOUT_VAULT = Asked(group="vault", needs_vault=False)
_DEMO, _REAL = "demo", "real"


class WelcomeScreen(StepScreen):
    """Lets one choose between made-up patients and one's own portal."""

    TITLE = "Welcome to portal"
    TEXT = (
        "Your health records from your portals, on this computer, in a vault that opens only for you. "
        "You can read all of it without a connection, and write to your practice from here."
    )
    BACK = "Leave"

    def text(self) -> str:
        """What this is, and how far one has come."""
        if self.portal.is_open:
            return f"{self.TEXT}\n\nYour vault is made, and nothing is in it yet. How do you want to go on?"
        return f"{self.TEXT}\n\nThere is no vault on this machine yet. How do you want to begin?"

    def on_screen_resume(self) -> None:
        """Tell it anew after steps were taken."""
        self.query_one("#text", Static).update(Content(self.text()))
        self.offer(self.choices())

    def choices(self) -> tuple[tuple[str, str], ...]:
        """The two ways to begin."""
        if self.portal.is_open:
            return ((_REAL, "Sign in to my portal\n  Finds your portal and fetches your records."),)
        demo = "Look around with made-up patients\n  A practice portal in this program; nothing of it stays behind."
        real = "Sign in to my own portal\n  Makes a vault, then finds your portal and fetches your records."
        return ((_REAL, real), *(((_DEMO, demo),) if self.portal.can_demo else ()))

    def choose(self, value: str) -> None:
        """Begin in the way that was chosen."""
        if value == _DEMO:
            self.wait("Making up a practice and its patients …")
            self.portal.begin_demo(self.refuse)
        elif self.portal.is_open:
            self.portal.add_portal()
        else:
            self.portal.push_screen(PassphraseScreen())

    def action_step_back(self) -> None:
        """Leave."""
        self.portal.exit()


class PassphraseScreen(StepScreen):
    """Asks for a new passphrase, twice, and makes the vault."""

    TITLE = "1 of 3: a passphrase for your vault"
    TEXT = (
        "Several words that do not belong together make a good one. Nobody can reset it for you: "
        "without it, and without the recovery code of the next step, your vault stays closed for ever."
    )
    FIELDS = (
        Field("chosen", "New passphrase", Kind.SECRET),
        Field("again", "The same again", Kind.SECRET),
    )
    ON = "Make the vault"

    @on(Input.Changed, "#chosen")
    def weigh(self, message: Input.Changed) -> None:
        """Say while it is typed whether it could be guessed."""
        typed = message.value
        if typed:
            self.ask(lambda _: _weighed(typed), self.say, asked=_WITHOUT_VAULT)

    def go_on(self, values: dict[str, str]) -> None:
        """Make the vault, if both are the same."""
        chosen = values["chosen"]
        if not chosen:
            self.say("✗ Type a passphrase first.", is_error=True)
        elif chosen != values["again"]:
            self.say("✗ The two are not the same.", is_error=True)
            self.query_one("#again").focus()
        else:
            self.wait("Making the vault …")
            self.do(lambda client: _create(client, chosen), self._made, self.refuse, _WITHOUT_VAULT)

    def _made(self, drawn: str) -> None:
        self.portal.note_open()
        self.portal.switch_screen(CodeScreen(drawn, self.portal.add_first_portal))


class CodeScreen(StepScreen):
    """Shows a recovery code once, and lets it count when a group of it was typed from the paper."""

    TITLE = "2 of 3: a recovery code on paper"
    FIELDS = (Field("group", "Type one group of it from your paper"),)
    ON = "It is on paper"
    BACK = "Not now"

    def __init__(self, drawn: str, then: Callable[[], object], title: str = TITLE) -> None:
        super().__init__()
        self._drawn = drawn
        self._then = then
        self._title = title
        self._number = _which(drawn)

    def on_mount(self) -> None:
        """Say which group."""
        super().on_mount()
        self.query_one("#step").border_title = Content(self._title)
        self.query_one("#fields .label", Static).update(Content(f"Type group {self._number} of it from your paper"))

    def text(self) -> str:
        """The code, and what it is for."""
        groups = self._drawn.split("-")
        half = len(groups) // 2
        shown = "\n".join(f"    {'  '.join(part)}" for part in (groups[:half], groups[half:]))
        return (
            "Write these 8 groups on paper, and keep it where you keep your papers. They open the vault if you ever "
            f"forget the passphrase, and are shown only now.\n\n{shown}\n\nThere is no letter I, L, O or U in it."
        )

    def go_on(self, values: dict[str, str]) -> None:
        """Let the code count, if the group is right."""
        if _plain(values["group"]) != self._drawn.split("-")[self._number - 1]:
            self.say(f"✗ That is not group {self._number}. Look at the paper, and try again.", is_error=True)
            return
        self.wait("One moment …")
        self.do(lambda client: client.slots.keep_code(self._drawn, self._drawn), self._kept, self.refuse)

    def action_step_back(self) -> None:
        """Go on without one: the code opens nothing before it counts."""
        self.notify("No recovery code was made. Settings (g c, then r) makes one.", markup=False)
        self.call_later(self._then)

    def _kept(self, _: None) -> None:
        self.notify("The recovery code opens the vault from now on.", markup=False)
        self.call_later(self._then)


class CodeAnewScreen(StepScreen):
    """Asks for the passphrase before it draws a new recovery code."""

    TITLE = "A new recovery code"
    TEXT = "A code on paper opens the vault when the passphrase is lost. A new one ends any earlier one."
    FIELDS = (Field("passphrase", "Passphrase of the vault", Kind.SECRET),)

    def go_on(self, values: dict[str, str]) -> None:
        """Draw a code, if it is the right passphrase."""
        typed = values["passphrase"]
        self.wait("One moment …")
        self.do(lambda client: client.slots.draw_code(typed), self._drawn, self.refuse)

    def _drawn(self, drawn: str) -> None:
        self.portal.switch_screen(CodeScreen(drawn, self.portal.step_back, "Write this down"))


class RecoverScreen(StepScreen):
    """Opens a vault whose passphrase is lost: with its recovery code and a new passphrase."""

    TITLE = "Open the vault with the recovery code"
    TEXT = "The new passphrase takes the place of the one that was lost; the code goes on being good."
    FIELDS = (
        Field("code", "Recovery code, as it stands on your paper"),
        Field("chosen", "New passphrase", Kind.SECRET),
        Field("again", "The same again", Kind.SECRET),
    )
    ON = "Open the vault"

    def go_on(self, values: dict[str, str]) -> None:
        """Try the code."""
        if values["chosen"] != values["again"]:
            self.say("✗ The two are not the same.", is_error=True)
            return
        if not (values["code"] and values["chosen"]):
            self.say("✗ Type the code and a new passphrase first.", is_error=True)
            return
        self.wait("Opening the vault …")
        self.calls.recover(values["code"], values["chosen"])


def _create(client: Client, chosen: str) -> str:
    """Make the vault; gives a recovery code for it, which opens nothing yet."""
    check_new_passphrase(chosen)
    with client.choosing(chosen):
        client.slots.create()
    if client.settings.passphrase_file or client.settings.passphrase_command:
        return client.slots.draw_code()  # the vault has what that says for its passphrase
    return client.slots.draw_code(chosen)


def _weighed(typed: str) -> str:
    try:
        check_new_passphrase(typed)
    except PassphraseWeak as error:
        return " ".join(("○ That could be guessed.", *error.advice))
    return "✓ That is hard to guess."


def _which(drawn: str) -> int:
    """The group that is asked for: always the same of one code, and not always the same of all."""
    return sum(map(ord, drawn)) % len(drawn.split("-")) + 1


def _plain(typed: str) -> str:
    """A group as it is written on paper, however it was typed."""
    letters = "".join(sign for sign in typed.upper() if sign.isalnum())
    return letters.replace("O", "0").replace("I", "1").replace("L", "1")
