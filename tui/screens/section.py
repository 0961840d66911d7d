"""What the screens one goes to have in common: whose chart, a body, how things stand, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.actions import Where, bindings
from tui.asking import AskingScreen
from tui.calls import Asked
from tui.screens.detail import DetailScreen
from tui.widgets.banner import Banner
from tui.widgets.keys import Keys
from tui.widgets.page import Page
from tui.widgets.status_line import StatusLine
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from store.client import Client
    from tui.reading import Reading

NO_PORTAL = "No portal yet. Press g, w, then n to sign in to one."


class SectionScreen(AskingScreen[None]):
    """A screen of the table of sections. What it shows is read in `reload`, which is called again at each change."""

    NAME: ClassVar[str]
    NEEDS_PORTAL: ClassVar[bool] = True
    """Whether its lists stay empty until there is a portal, and are to say so."""
    BINDINGS = bindings(Where.SECTION)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual declares it so

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        yield Banner()
        yield from self.body()
        yield StatusLine()
        yield Keys()

    def body(self) -> ComposeResult:
        """What this screen is for."""
        raise NotImplementedError

    def reload(self) -> None:
        """Read what is shown, for the first time or anew; the cursor stays where it is."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Paint first, then read."""
        self.tell()
        self.call_after_refresh(self.reload)

    def on_resize(self) -> None:
        """Say as much as there is room for now."""
        self.tell()

    def tell(self) -> None:
        """Show how things stand, and how old the data are by now."""
        standing = self.portal.standing
        has_none = self.NEEDS_PORTAL and standing.status is not None and not standing.status.portals
        for table in self.query(Table):
            table.say_instead(NO_PORTAL if has_none else "")
        for banner in self.query(Banner):  # none is left while the screen is being closed
            banner.show(standing.status, self.portal.section_title(self.NAME))
        for line in self.query(StatusLine):
            line.show(standing, self.portal.clock())

    def open(self, read: Callable[[Client], Reading], portal: str = "") -> None:
        """Read one record, of the connection `portal`, and show it: beside the list where there is room, or above."""
        self.ask(read, self.show_reading, asked=Asked(portal, "record"))

    async def show_reading(self, reading: Reading) -> None:
        """Show one record: in the page of this screen, if it has one that is seen, or else above it."""
        for page in self.query(Page):
            if page.display and page.region:
                await page.show(reading)
                page.focus()
                return
        if self.is_current:
            await self.portal.push_screen(DetailScreen(reading, self))

    def action_leave(self) -> None:
        """Go back to the list from what is read beside it, stop a sync that is running, or go home."""
        if isinstance(self.focused, Page):
            self.focus_previous()
        elif self.portal.standing.is_syncing:
            self.portal.action_stop_sync()
        elif self.NAME != "home":
            self.portal.go("home")
