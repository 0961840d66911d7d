"""The home: one panel for each noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import VerticalScroll

from tui.actions import Where, bindings
from tui.nouns import LIMIT, NOUNS
from tui.rows import HomeView
from tui.screens.section import SectionScreen
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.client import Client
    from tui.widgets.table import Table


class HomeScreen(SectionScreen):
    """What comes, what is new, what waits."""

    NAME = "home"
    BINDINGS = bindings(Where.HOME)
    AUTO_FOCUS = "Panel"

    def body(self) -> ComposeResult:
        """The panels, from top to bottom."""
        with VerticalScroll(id="panels", can_focus=False):
            for noun in NOUNS:
                yield Panel(noun)

    def reload(self) -> None:
        """Read what the panels show."""
        self.ask(read, self.show)

    def show(self, view: HomeView) -> None:
        """Show what was read."""
        now = self.portal.clock()
        for panel in self.query(Panel):
            rows = panel.noun.rows(view, now)
            panel.fill_with(rows, f"the first {LIMIT}" if len(rows) == LIMIT else "")

    def action_search(self) -> None:
        """Look for words in everything."""
        self.portal.go("records", "find")

    def action_request(self) -> None:
        """Ask for an appointment."""
        self.portal.go("appointments", "request")

    def action_refill(self) -> None:
        """Ask for a refill of the medicine that is chosen, or else show what can be asked for."""
        chosen = self.focused.current if isinstance(self.focused, Panel) else None
        kind, _, order = chosen.key.partition("/") if chosen else ("", "", "")
        if chosen and kind == "MedicationRequest":
            self.portal.go("refills", chosen.portal, order)
        else:
            self.portal.go("refills")

    @on(Panel.Chosen)
    def read_record(self, message: Table.Chosen) -> None:
        """Read a record that was opened."""
        assert isinstance(message.table, Panel)  # noqa: S101 - the home has no other tables
        noun, key, now = message.table.noun, message.row.key, self.portal.clock()
        self.open(lambda client: noun.read(client, key, now), message.row.portal)

    @on(Panel.Left)
    def go_to_neighbour(self, message: Panel.Left) -> None:
        """Take the cursor on into the next panel, or back into the one before."""
        panels = list(self.query(Panel))
        index = panels.index(message.panel) + message.step
        if 0 <= index < len(panels):
            panels[index].action_move_to(0 if message.step > 0 else -1)
            panels[index].focus()


def read(client: Client) -> HomeView:
    """What the home shows."""
    return HomeView(client.overview.home(LIMIT), client.medications.list(limit=LIMIT).items)
