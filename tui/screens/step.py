"""One step of several: what it is about, fields or choices, and the way on and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.actions import Where, bindings
from tui.asking import AskingScreen
from tui.forms import Field, Kind
from tui.widgets.choices import Choices
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from tui.troubles import Trouble


class StepScreen(AskingScreen[None]):
    """A step: `go_on` gets what was typed, `choose` the value of a line that was chosen.

    What was typed stays while one goes back to the step before and on again.
    """

    BINDINGS = bindings(Where.STEP)
    TITLE: ClassVar[str]
    TEXT: ClassVar[str] = ""
    FIELDS: ClassVar[tuple[Field, ...]] = ()
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    ON: ClassVar[str] = "Go on"
    BACK: ClassVar[str] = "Back"

    _held_at: Widget | None = None

    def compose(self) -> ComposeResult:
        """The text, the fields and choices, what is said of them, and the two ways."""
        with Vertical(id="step") as box:
            box.border_title = Content(self.TITLE)
            with VerticalScroll(id="fields", can_focus=False):
                yield Static(Content(self.text()), id="text")
                for field in self.FIELDS:
                    yield Static(Content(field.label), classes="label")
                    entry = Input(field.value, password=field.kind is Kind.SECRET, id=field.name)
                    entry.cursor_blink = False
                    yield entry
                    if field.hint:
                        yield Static(Content(field.hint), classes="hint")
                yield Choices(*_options(self.choices()), id="choices")
                yield Static(id="notice", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content(f"{self.BACK} (esc)"), id="back")
                yield Button(Content(self.ON), id="on", variant="primary")
        yield Keys()

    def on_mount(self) -> None:
        """Begin at the first field, or at the choices."""
        self.query_one("#on").display = bool(self.FIELDS)
        self.offer(self.choices())
        self._focus_first()

    def on_resize(self) -> None:
        """Keep what is filled in in sight."""
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    def text(self) -> str:
        """What this step is about."""
        return self.TEXT

    def choices(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen: values with their words."""
        return ()

    def offer(self, choices: tuple[tuple[str, str], ...]) -> None:
        """Have other choices than before."""
        self._offered = tuple(value for value, _ in choices)
        lines = self.query_one("#choices", OptionList)
        lines.display = bool(choices)
        lines.clear_options()
        lines.add_options(_options(choices))
        lines.highlighted = 0 if choices else None

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {field.name: self.query_one(f"#{field.name}", Input).value for field in self.FIELDS}

    def go_on(self, values: dict[str, str]) -> None:
        """Go on with what was typed."""

    def choose(self, value: str) -> None:
        """Go on with what was chosen."""

    def say(self, words: str, *, is_error: bool = False) -> None:
        """Say something under the fields."""
        notice = self.query_one("#notice", Static)
        notice.set_class(is_error, "-error")
        notice.update(Content(words))
        notice.scroll_visible(animate=False)

    def wait(self, words: str) -> None:
        """Take nothing more until something was answered, and say what is waited for."""
        self._hold(is_held=True)
        self.say(words)

    def free(self, words: str = "", *, is_error: bool = False) -> None:
        """Take what is typed again."""
        self._hold(is_held=False)
        self.say(words, is_error=is_error)

    def show_trouble(self, trouble: Trouble) -> None:
        """Say why the vault did not open."""
        self.refuse(trouble)

    def refuse(self, trouble: Trouble) -> None:
        """Say why it does not go on; what was typed stays."""
        self.free(f"✗ {trouble.words}", is_error=True)

    @on(Input.Submitted)
    def submit(self, message: Input.Submitted) -> None:
        """Go to the next field, or on after the last one."""
        message.stop()
        names = [field.name for field in self.FIELDS]
        following = [name for name in names[names.index(message.input.id or "") + 1 :] if name not in self.OPTIONAL]
        if following and not self.query_one(f"#{following[0]}", Input).value:
            self.set_focus(self.query_one(f"#{following[0]}"))
        else:
            self.go_on(self.values)

    @on(OptionList.OptionSelected)
    def take_choice(self, message: OptionList.OptionSelected) -> None:
        """Go on with a line."""
        message.stop()
        if message.option_index < len(self._offered):
            self.choose(self._offered[message.option_index])

    @on(Button.Pressed)
    def press(self, message: Button.Pressed) -> None:
        """Go the way of the button."""
        message.stop()
        if message.button.id == "on":
            self.go_on(self.values)
        elif message.button.id == "back":
            self.action_step_back()

    def action_step_back(self) -> None:
        """Go back to the step before, or to the screen that this was opened from."""
        self.portal.step_back()

    def _hold(self, *, is_held: bool) -> None:
        if is_held:
            self._held_at = self.focused
        for widget in self.query("Input, #choices, #on"):
            widget.disabled = is_held
        if not is_held and self.focused is None:
            self._focus_again()

    def _focus_again(self) -> None:
        """Go back to the field that was typed in last, or to a secret: nothing that is typed there now is shown."""
        last = self._held_at if isinstance(self._held_at, Input) else None
        secret = next((field.name for field in self.FIELDS if field.kind is Kind.SECRET), None)
        if last is not None and (last.password or secret is None):
            last.focus()
        elif secret is not None:
            self.query_one(f"#{secret}").focus()
        else:
            self._focus_first()

    def _focus_first(self) -> None:
        for first in self.query("Input, OptionList").results():
            if first.display:
                first.focus()
                break


def _options(choices: tuple[tuple[str, str], ...]) -> list[Option]:
    return [Option(Content(words)) for _, words in choices]
