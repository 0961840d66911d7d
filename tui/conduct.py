"""How the dashboard stands and what it says of that: syncs, people, troubles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from store.records.text import one_line
from store.services.watch import pause
from tui import messages
from tui.calls import CHOICE, Asked, is_there
from tui.journey import Journey
from tui.standing import Link, Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.command import Provider

    from store.services.people import PersonRow
    from tui.screens.section import SectionScreen
    from tui.troubles import Trouble

_TROUBLE_SECONDS = 12


def _palette() -> type[Provider]:
    from tui.palette import Palette  # noqa: PLC0415 - loaded when it is first shown

    return Palette


class Conduct(Journey):
    """Syncs, on demand and by itself; whose chart is shown; and what every section shows of both."""

    COMMANDS = {_palette}  # noqa: RUF012 - Textual declares it so
    clock: Callable[[], float]
    standing: Standing
    deleted_drafts: list[str]
    """The ids of drafts that were deleted here, the last one last: they can be brought back."""
    _sync_every = 0.0
    _sync_due = 0.0

    @property
    def sync_every(self) -> float:
        """After how many seconds a sync begins by itself again; 0 where none does."""
        return self._sync_every

    def sync_by_itself(self, seconds: float) -> None:
        """Begin a sync every so often from now on; 0 ends that."""
        self._sync_every = seconds
        self._sync_due = self.clock() + pause(seconds)

    @property
    def sections(self) -> list[SectionScreen]:
        """The sections that are open, also below something else; not one that is still being made, or being closed."""
        from tui.screens.section import SectionScreen  # noqa: PLC0415 - after the first screen was painted

        open_ones = [screen for screen in self.screen_stack if isinstance(screen, SectionScreen)]
        return [screen for screen in open_ones if screen.is_mounted and is_there(screen)]

    def tell(self) -> None:
        """Have every section that is open show how things stand."""
        for screen in self.sections:
            screen.tell()
        if self.screen_stack:  # none is left while the dashboard ends
            self.refresh_bindings()

    def note_reached(self, *, is_reached: bool) -> None:
        """Note that a portal answered, or could not be reached, outside of a sync."""
        if self._is_open and not self.standing.is_syncing:
            self.show_link(Link.ONLINE if is_reached else Link.OFFLINE)

    def show_link(self, link: Link) -> None:
        """Show what is known of the way to the portals."""
        self.standing = self.standing.linked(link)
        self.tell()

    @on(messages.SyncProgressed)
    def show_progress(self, message: messages.SyncProgressed) -> None:
        """Show how far a sync has come."""
        if self._is_open:
            self.standing = replace(self.standing, progress=self.standing.progress.after(message.event))
            for screen in self.sections:
                screen.tell()

    @on(messages.SyncEnded)
    def end_sync(self, message: messages.SyncEnded) -> None:
        """Say how a sync ended, and show what it brought."""
        if not self._is_open:
            return
        from tui import words  # noqa: PLC0415 - as in sections

        offline = message.trouble is not None and message.trouble.is_offline
        self.show_link(Link.OFFLINE if offline else Link.UNTRIED if message.trouble else Link.ONLINE)
        self.calls.read_standing()
        if message.trouble:
            self._tell(message.trouble)
        elif message.report and message.report.failures:
            failed = words.count(len(message.report.failures), "part")
            first = one_line(message.report.failures[0])
            self.notify(f"Synced, but {failed} failed.\n{first}", severity="warning", markup=False)
        elif message.is_stopped:
            self.notify("The sync was stopped; what had arrived is kept.", markup=False)
        elif message.report:
            self.notify(f"Synced: {words.count(message.report.changed, 'record')} new or changed.", markup=False)

    def action_sync(self, full: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual calls it so
        """Begin a sync; with `full` everything is asked for again."""
        if self._is_open and not self.standing.is_syncing:
            self._sync_due = self.clock() + pause(self._sync_every)
            self.show_link(Link.SYNCING)
            self.calls.sync(full=full)

    def action_stop_sync(self) -> None:
        """Ask a running sync to stop."""
        if self._is_open and self.standing.is_syncing:
            self.show_link(Link.STOPPING)
            self.calls.stop_sync()

    def action_people(self) -> None:
        """Let somebody be chosen whose chart is shown."""
        for screen in self.sections:
            screen.ask(lambda client: client.people.list(), self._ask_whom, asked=Asked(group=CHOICE))

    def _ask_whom(self, people: tuple[PersonRow, ...]) -> None:
        from tui.screens.people import PeopleScreen  # noqa: PLC0415 - loaded when it is first shown

        if self.screen in self.sections:
            self.push_screen(PeopleScreen(people), self._switch)

    def _switch(self, chosen: str | None) -> None:
        if chosen is not None:
            for screen in self.sections:
                screen.do(lambda client: client.people.switch(chosen or None), lambda _: self.calls.read_standing())

    def _tell(self, trouble: Trouble) -> None:
        self.notify(trouble.words, severity="error", timeout=_TROUBLE_SECONDS, markup=False)
