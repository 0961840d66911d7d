"""The choice of a free time, asked of the portal now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from store.records.free_times import FreeTime
from store.services.free_times import DAYS
from tui import rows_of_care, words
from tui.actions import Where, bindings
from tui.asking import AskingScreen
from tui.calls import Asked
from tui.columns import Column
from tui.screens.dialog import Dialog
from tui.widgets.keys import Keys
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.services.values import Listing
    from tui.troubles import Trouble

_COLUMNS = (
    Column(most=25, title="When"),
    Column(most=30, least=12, title="With"),
    Column(most=30, least=8, title="For"),
    Column(most=30, least=8, from_width=84, title="Where"),
)
_DAY = 86_400


class FreeTimesScreen(AskingScreen[FreeTime | None], Dialog[FreeTime | None]):
    """Gives the time that was chosen, or None. The words that are typed narrow the list."""

    BINDINGS = bindings(Where.FREE_TIMES)
    AUTO_FOCUS = ""

    def __init__(self, portal: str) -> None:
        super().__init__()
        self._portal = portal
        self._start = 0.0
        self._times: tuple[FreeTime, ...] = ()

    def compose(self) -> ComposeResult:
        """The list in a box, with a line above that says what is listed."""
        with Vertical(id="free-times") as box:
            box.border_title = Content("Free times")
            yield Static(id="asked", markup=False)
            field = Input(placeholder="Words to look for, such as a name", id="words")
            field.cursor_blink = False
            yield field
            yield Table(_COLUMNS, "None in these days. `]` looks at later ones.", id="free")
        yield Keys()

    def on_mount(self) -> None:
        """Ask for the next days; the list is shown once there is one."""
        self.query_one(Table).display = False
        self._start = self.portal.clock()
        self._ask()

    def action_later(self, steps: int) -> None:
        """Look at later days, or at earlier ones."""
        self._start = max(self.portal.clock(), self._start + steps * DAYS * _DAY)
        self._ask()

    def action_again(self) -> None:
        """Ask for the same days again."""
        self._ask()

    def action_words(self) -> None:
        """Let words be typed that narrow the list."""
        self.query_one("#words", Input).focus()

    def action_leave(self) -> None:
        """Choose none."""
        self.dismiss(None)

    @on(Table.Chosen)
    def choose(self, message: Table.Chosen) -> None:
        """Give the time that was chosen."""
        self.dismiss(next(time for time in self._times if time.id == message.row.key))

    @on(Input.Changed, "#words")
    def narrow(self) -> None:
        """Narrow the list while it is typed."""
        typed = self.query_one("#words", Input).value
        rows = [rows_of_care.free_time(time, self.portal.clock()) for time in self._times]
        table = self.query_one(Table)
        table.say_instead(f"None of these {len(rows)} times has all of that in it." if rows else "")
        table.show([row for row in rows if row.has_words(typed)])

    @on(Input.Submitted, "#words")
    def keep_words(self) -> None:
        """Go to the list that is left."""
        self.query_one(Table).focus()

    def _ask(self) -> None:
        self._say("Asking the portal …")
        start = self._start
        self.do(lambda client: client.bookings.times.list("", start), self._show, self._refuse, Asked(self._portal))

    def _show(self, found: Listing[FreeTime]) -> None:
        self._times = found.items
        self.portal.note_reached(is_reached=True)
        self._say(f"{words.count(found.total, 'time')} in {DAYS} days from {words.day_of(self._start)}")
        table = self.query_one(Table)
        if not table.display:
            table.display = True
            table.focus()
        self.narrow()

    def _refuse(self, trouble: Trouble) -> None:
        if trouble.is_offline:
            self.portal.note_reached(is_reached=False)
        self._say(f"✗ {trouble.words}")

    def _say(self, told: str) -> None:
        self.query_one("#asked", Static).update(Content(told))
