"""A form on the screen: fields, a look at what will be sent, a question, and then it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Select, Static, TextArea

from tui.actions import Where, bindings
from tui.asking import AskingScreen
from tui.calls import Asked
from tui.forms import Field, Form, Kind, first
from tui.screens.confirm import ConfirmScreen
from tui.screens.dialog import Dialog
from tui.widgets.keys import Keys
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.screen import Screen
    from textual.widget import Widget

    from tui.forms import Values
    from tui.troubles import Trouble

Plan = TypeVar("Plan")
_KEEP_SECONDS = 2.0
_MOST_PERCENT, _BORDER, _LEAST = 92, 2, 3  # of the screen's height, as in app.tcss; cells


class FormScreen(AskingScreen[bool], Dialog[bool], Generic[Plan]):
    """Shows a Form. Gives True when it was carried out, False when it was left; what was typed stays until then."""

    BINDINGS = bindings(Where.FORM)

    def __init__(self, form: Form[Plan]) -> None:
        super().__init__()
        self._form = form
        self.values = {field.name: first(field) for field in form.fields}
        self._kept = self.values
        self._taken_out: dict[str, str] = {}
        self._seen_in = 0

    def compose(self) -> ComposeResult:
        """The fields, one under the other; the trouble of the last try; the keys below."""
        with Vertical(id="form") as box:
            whom = self.portal.standing.whom(self._form.portal)
            box.border_title = Content(f"{self._form.title}  ·  for {whom}" if whom else self._form.title)
            if self._form.intro:  # above what scrolls, so that it is always seen
                yield Static(Content(self._form.intro), classes="intro")
            with VerticalScroll(id="fields", can_focus=False):
                for field in self._form.fields:
                    with Vertical(classes="field"):
                        if field.kind is not Kind.SWITCH:
                            yield Static(Content(field.label), classes="label")
                        yield _widget(field)
                        if field.hint:
                            yield Static(Content(field.hint), classes="hint")
            yield Static(id="notice", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Begin at the top, also where the first field is focused, and keep what is typed, now and then."""
        self.screen_layout_refresh_signal.subscribe(self, self._laid_out)
        self.call_after_refresh(self._begin)
        if self._form.keep:
            self.set_interval(_KEEP_SECONDS, self.keep)

    def on_resize(self) -> None:
        """Find room anew, and keep what is filled in in sight."""
        self.call_after_refresh(self._fit_and_see)

    def on_unmount(self) -> None:
        """Keep what was typed last, also when the vault is being locked."""
        self.keep()

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's own signature
        """Focus a field; it is scrolled into sight together with its label, and not alone."""
        del scroll_visible
        super().set_focus(widget, scroll_visible=False, from_app_focus=from_app_focus)

    def on_descendant_focus(self) -> None:
        """Keep the field that is filled in in sight, and where there is room, its label and its hint, too."""
        self.call_after_refresh(self._see)

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Select.Changed)
    @on(Tick.Changed)
    def note(self) -> None:
        """Note what stands in the fields, so that it is known when they are gone."""
        self.values = {field.name: _value(self.query_one(f"#{field.name}")) for field in self._form.fields}

    @on(Input.Submitted)
    def go_on(self, message: Input.Submitted) -> None:
        """Go on to the next field, and from the last one to a look at what will be sent."""
        message.stop()
        if message.input.id == self._form.fields[-1].name:
            self.action_review()
        else:
            self.focus_next()

    def keep(self) -> None:
        """Keep what was typed since the last time, where the form keeps anything."""
        values, keep = self.values, self._form.keep
        if keep is not None and values != self._kept:
            self._kept = values
            self.do(lambda client: keep(client, values), _nothing, asked=Asked(self._form.portal))

    def action_review(self) -> None:
        """Make a plan of what was typed, and show it."""
        self.keep()  # before it is sent: what is kept after that would be there again, to be sent twice
        values = self.values
        self._tell("One moment …")
        self.do(lambda client: self._form.plan(client, values), self._show_plan, self._refuse, Asked(self._form.portal))

    def action_start_over(self) -> None:
        """Take out all that was typed, now and before, or put back what was taken out last."""
        fresh = {field.name: first(field) for field in self._form.fields} | dict(self._form.fresh or {})
        if self.values == fresh and not self._taken_out:
            self._tell("Nothing has been typed.")
        elif self.values == fresh:
            self._fill(self._taken_out)
            self._tell("It is back.")
        else:
            self._taken_out = self.values
            self._fill(fresh)
            self._tell("What was typed is taken out. F4 puts it back.")

    def action_leave(self) -> None:
        """Close the form; a drop-down list that is open is closed first by itself."""
        self.keep()  # before whoever opened the form is told that it was left
        self.dismiss(result=False)

    def _fill(self, values: Values) -> None:
        for name, value in values.items():
            _put(self.query_one(f"#{name}"), value)

    def _show_plan(self, plan: Plan) -> None:
        self._tell("")

        def answer(yes: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if yes:
                self._tell("One moment …")
                self.do(
                    lambda client: self._form.submit(client, plan), self._done, self._refuse, Asked(self._form.portal)
                )

        self.app.push_screen(ConfirmScreen(self._form.preview(plan), self._form.yes), answer)

    def _done(self, words: str) -> None:
        self._kept = self.values
        self.notify(words, markup=False)
        self.dismiss(result=True)

    def _refuse(self, trouble: Trouble) -> None:
        self._tell(f"✗ {trouble.words}")

    def _tell(self, words: str) -> None:
        self.query_one("#notice", Static).update(Content(words))
        self._fit()

    def _begin(self) -> None:
        self._fit()
        self.query_one("#fields").scroll_home(animate=False, immediate=True)
        self.call_after_refresh(self._see)

    def _laid_out(self, _screen: Screen[object]) -> None:
        """See the field whenever there is more or less room than it was seen in."""
        room = self.query_one("#fields").size.height
        if room != self._seen_in:
            self._seen_in = room
            self._see()

    def _fit_and_see(self) -> None:
        self._fit()
        self.call_after_refresh(self._see)

    def _see(self) -> None:
        field = self.focused
        if field is not None and isinstance(field.parent, Vertical) and field.parent.has_class("field"):
            field.parent.scroll_visible(animate=False, immediate=True)
            field.scroll_visible(animate=False, immediate=True)
            self.query_one("#fields").scroll_visible(animate=False, immediate=True)

    def _fit(self) -> None:
        """Let the fields have what the words above and below them leave, so that the last one can be scrolled to."""
        width = self.query_one("#form").content_size.width
        others = sum(part.get_content_height(self.size, self.size, width) for part in self.query("#form > Static"))
        height = self.size.height - self.query_one(Keys).size.height
        room = height * _MOST_PERCENT // 100 - _BORDER - others
        self.query_one("#fields").styles.max_height = max(room, _LEAST)
        self.query_one("#form").styles.overflow_y = "scroll" if room < _LEAST else "hidden"


def _widget(field: Field) -> Widget:
    match field.kind:
        case Kind.TEXT:
            return TextArea(field.value, id=field.name, tab_behavior="focus", soft_wrap=True)
        case Kind.CHOICE:
            options = [(Content(words), value) for value, words in field.choices]
            if not options:
                return Select(options, id=field.name)
            return Select(options, value=first(field), allow_blank=False, id=field.name)
        case Kind.SWITCH:
            return Tick(Content(field.label), value=bool(field.value), compact=True, id=field.name)
        case Kind.LINE | Kind.SECRET:
            entry = Input(field.value, password=field.kind is Kind.SECRET, id=field.name)
            entry.cursor_blink = False
            return entry


def _put(widget: Widget, value: str) -> None:
    match widget:
        case TextArea():
            widget.text = value
        case Tick():
            widget.value = bool(value)
        case Select() | Input():
            widget.value = value
        case _:
            pass


def _value(widget: Widget) -> str:
    match widget:
        case TextArea():
            return widget.text
        case Select():
            return widget.value if isinstance(widget.value, str) else ""
        case Tick():
            return "yes" if widget.value else ""
        case Input():
            return widget.value
        case _:
            return ""


def _nothing(kept: object) -> None:
    """Nothing is to be done with what was kept."""
    del kept
