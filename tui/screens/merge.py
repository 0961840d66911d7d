"""The merge: both sides of a conflict beside each other, each difference decided, looked at, and then sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from store.records.text import one_line
from store.services.conflicts import Choice, Decision
from tui import outcomes, readings_of_requests, rows_of_letters, states
from tui.actions import Where, bindings
from tui.asking import AskingScreen
from tui.columns import Column
from tui.forms import Field, Form, Kind
from tui.reading import Reading
from tui.screens.confirm import ConfirmScreen
from tui.screens.dialog import Dialog
from tui.screens.form import FormScreen
from tui.widgets.keys import Keys
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.client import Client
    from store.services.conflicts import ConflictDetail
    from tui.forms import Values
    from tui.troubles import Trouble


@dataclass(frozen=True)
class _Decided:
    """A record as it was decided, and how that is told to the service."""

    choice: Choice
    body: bytes


class Sides(Table):
    """The differences, a line each; to open one is to take its other side."""

    BINDINGS = bindings(Where.SIDES)


class MergeScreen(AskingScreen[bool], Dialog[bool]):
    """Decides one conflict. Gives True when that is done, False when it was left."""

    BINDINGS = bindings(Where.MERGE)
    AUTO_FOCUS = "Table"
    COLUMNS = (
        Column(most=1),
        Column(most=30, least=10, title="What"),
        Column(most=40, least=10, title="Yours"),
        Column(most=40, least=10, title="The portal's"),
        Column(most=40, least=12, title="Will be"),
    )

    def __init__(self, conflict: str) -> None:
        super().__init__()
        self._conflict = conflict
        self._detail: ConflictDetail | None = None
        self._decisions: list[Decision] = []

    def compose(self) -> ComposeResult:
        """The differences, the one under the cursor at length, and the keys."""
        with Vertical(id="merge") as box:
            box.border_title = Content("Your change, and the portal's")
            yield Static(id="about", markup=False)
            yield Sides(self.COLUMNS, "One moment …", id="differences")
            yield Static(id="sides", markup=False)
            yield Static(id="notice", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Read both sides."""
        conflict = self._conflict
        self.ask(lambda client: client.conflicts.show(conflict), self._show, self._refuse)

    @on(Table.Moved)
    def show_sides(self) -> None:
        """Show at length what the cursor stands on."""
        if self._detail and self._detail.differences:
            number = self.query_one(Table).cursor
            each = self._detail.differences[number]
            self.query_one("#sides", Static).update(Content(readings_of_requests.sides(each, self._becomes(number))))

    @on(Table.Chosen)
    def take_other(self) -> None:
        """Take the other side of the line that was opened."""
        now = self._decisions[self.query_one(Table).cursor].choice
        self.action_take("theirs" if now is Choice.MINE else "mine")

    def action_take(self, side: str) -> None:
        """Take one side of the line under the cursor."""
        self._decide(Decision(Choice(side)))

    def action_write(self) -> None:
        """Write something else in place of the line under the cursor."""
        if self._detail is None:
            return
        number = self.query_one(Table).cursor
        before = self._decisions[number]
        text = before.written if before.choice is Choice.EDIT else str(self._detail.written[number])
        label = f"{self._detail.differences[number].path}: what it shall be"

        def done(is_done: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if is_done:
                self._decide(Decision(Choice.EDIT, written[0]))

        written: list[str] = []

        def plan(client: Client, values: Values) -> str:
            written[:] = [values["value"].strip()]
            decisions = [*self._decisions]
            decisions[number] = Decision(Choice.EDIT, written[0])
            client.conflicts.decided(self._conflict, decisions)
            return written[0]

        form = Form(
            "Something else",
            (Field("value", label, Kind.TEXT, text, "Empty removes it."),),
            plan,
            lambda typed: Reading("Take this?", typed or "(nothing)"),
            lambda _client, _typed: "Taken. Nothing is sent before you have looked at all of it.",
            yes="Take it",
        )
        self.app.push_screen(FormScreen(form), done)

    def action_review(self) -> None:
        """Look at all that was decided, and send it after a yes."""
        if self._detail:
            decisions = tuple(self._decisions)
            self.ask(partial(_decided, conflict=self._conflict, decisions=decisions), self._confirm, self._refuse)

    def action_leave(self) -> None:
        """Decide nothing."""
        self.dismiss(result=False)

    def _show(self, found: ConflictDetail) -> None:
        self._detail = found
        self._decisions = [Decision(Choice.MINE if is_mine else Choice.THEIRS) for is_mine in found.is_mine]
        row = found.row
        what = states.about(row.target.partition("/")[0], row.title)
        about = f"{what}, at {row.portal}\n● marks what both have changed."
        self.query_one("#about", Static).update(Content(about))
        self._draw()

    def _draw(self) -> None:
        if self._detail:
            self.query_one(Table).show(
                [
                    rows_of_letters.difference(number, each, self._side(number))
                    for number, each in enumerate(self._detail.differences)
                ]
            )
            self.show_sides()

    def _side(self, number: int) -> str:
        """Whose a line shall be, in few cells; both sides stand beside it."""
        match self._decisions[number].choice:
            case Choice.MINE:
                return "yours"
            case Choice.THEIRS:
                return "the portal's"
            case Choice.EDIT:
                return self._becomes(number)

    def _becomes(self, number: int) -> str:
        """What a line shall be, and whose that is."""
        assert self._detail is not None  # noqa: S101 - there are no lines before that
        each, decision = self._detail.differences[number], self._decisions[number]
        match decision.choice:
            case Choice.MINE:
                return f"yours: {each.mine}"
            case Choice.THEIRS:
                return f"the portal's: {each.theirs}"
            case Choice.EDIT:
                return f"new: {one_line(decision.written) or '(nothing)'}"

    def _decide(self, decision: Decision) -> None:
        if self._detail:
            self._decisions[self.query_one(Table).cursor] = decision
            self._draw()

    def _confirm(self, decided: _Decided) -> None:
        assert self._detail is not None  # noqa: S101 - it was decided about
        if not self.is_current:
            return
        becomes = [self._becomes(number) for number in range(len(self._decisions))]
        gives_up = decided.choice is Choice.THEIRS
        reading = readings_of_requests.decided(self._detail, becomes, gives_up=gives_up)

        def answer(yes: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if yes:
                self._tell("One moment …")
                self.do(partial(_resolve, conflict=self._conflict, decided=decided), self._done, self._refuse)

        self.app.push_screen(ConfirmScreen(reading, "Give mine up" if gives_up else "Send"), answer)

    def _done(self, words: str) -> None:
        self.notify(words, markup=False)
        self.dismiss(result=True)

    def _refuse(self, trouble: Trouble) -> None:
        self._tell(f"✗ {trouble.words}")

    def _tell(self, words: str) -> None:
        self.query_one("#notice", Static).update(Content(words))


def _decided(client: Client, conflict: str, decisions: tuple[Decision, ...]) -> _Decided:
    return _Decided(*client.conflicts.decided(conflict, decisions))


def _resolve(client: Client, conflict: str, decided: _Decided) -> str:
    return outcomes.told(lambda: outcomes.became(client.conflicts.resolve(conflict, decided.choice, decided.body)))
