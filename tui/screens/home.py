"""The home: a banner, one panel for each noun, the status line, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer

from tui.actions import Where, bindings
from tui.nouns import LIMIT, NOUNS
from tui.widgets.banner import Banner
from tui.widgets.panel import Panel
from tui.widgets.status_line import Link, Progress, StatusLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from store.events import Event
    from tui.rows import HomeView


class HomeScreen(Screen[None]):
    """What comes, what is new, what waits."""

    BINDINGS = bindings(Where.HOME)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual declares it so
    AUTO_FOCUS = "Panel"

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._view: HomeView | None = None
        self._progress = Progress()
        self.link = Link.UNTRIED

    @property
    def has_several_people(self) -> bool:
        """Whether there is anybody else to show."""
        return self._view is not None and self._view.home.status.shown.is_several

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        yield Banner()
        with VerticalScroll(id="panels", can_focus=False):
            for noun in NOUNS:
                yield Panel(noun)
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Show where things stand."""
        self.tell()

    def show(self, view: HomeView) -> None:
        """Show what was read."""
        self._view = view
        self.query_one(Banner).show(view.home.status)
        for panel in self.query(Panel):
            rows = panel.noun.rows(view, self._clock())
            panel.show(rows, f"the first {LIMIT}" if len(rows) == LIMIT else "")
        self.tell()
        self.refresh_bindings()

    def show_link(self, link: Link) -> None:
        """Show what is known of the way to the portals."""
        self.link = link
        if link is not Link.SYNCING:
            self._progress = Progress()
        self.tell()
        self.refresh_bindings()

    def show_progress(self, event: Event) -> None:
        """Show how far a sync has come."""
        self._progress = self._progress.after(event)
        self.tell()

    def tell(self) -> None:
        """Show where things stand, and how old the data are by now."""
        self.query_one(StatusLine).show(self.link, self._progress, self._view, self._clock())

    @on(Panel.Left)
    def go_to_neighbour(self, message: Panel.Left) -> None:
        """Take the cursor on into the next panel, or back into the one before."""
        panels = list(self.query(Panel))
        index = panels.index(message.panel) + message.step
        if 0 <= index < len(panels):
            panels[index].action_move_to(0 if message.step > 0 else -1)
            panels[index].focus()
