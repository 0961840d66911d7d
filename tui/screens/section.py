"""What the screens one goes to have in common: whose chart, a body, how things stand, and the keys."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, ClassVar

from textual import events

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

_NARROW, _WIDE, _WIDE_FROM = "-narrow", "-wide", 120
NO_PORTAL = "No portal yet. Press g, w, then n to sign in to one."


class SectionScreen(AskingScreen[None]):
    """A screen of the table of sections. What it shows is read in `reload`, which is called again at each change."""

    NAME: ClassVar[str]
    NEEDS_PORTAL: ClassVar[bool] = True
    """Whether its lists stay empty until there is a portal, and are to say so."""
    BINDINGS = bindings(Where.SECTION)
    HORIZONTAL_BREAKPOINTS = [(0, _NARROW), (_WIDE_FROM, _WIDE)]  # noqa: RUF012 - Textual declares it so

    _is_new = True

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        self.add_class(_WIDE if self.app.size.width >= _WIDE_FROM else _NARROW)  # before there are parts to be restyled
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

    async def on_event(self, event: events.Event) -> None:
        """Open in steps, between which others have their turn; one that is new has its looks already."""
        if isinstance(event, events.ScreenResume):
            event.refresh_styles = not self._is_new
            self._is_new = False
        if isinstance(event, events.ScreenResume | events.Resize | events.Callback):
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # the first gives a turn to what waits, the second to what has come meanwhile
        is_opening = isinstance(event, events.ScreenResume)
        with self.app.batch_update() if is_opening else nullcontext():  # laid out now, and painted in a step of its own
            await super().on_event(event)

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
