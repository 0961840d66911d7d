"""The dashboard's application: which screen shows, and what follows from each message."""

from __future__ import annotations

import os
import time
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import App, SystemCommand

from store.errors import PortalError
from store.records.text import one_line
from tui import messages, words
from tui.actions import ACTIONS, Where, bindings
from tui.calls import Calls
from tui.environment import scrub
from tui.idle import IDLE_SECONDS, IdleWatch
from tui.screens.notice import NO_VAULT, OPENING, NoticeScreen
from tui.screens.section import SectionScreen
from tui.screens.unlock import UnlockScreen
from tui.sections import BY_NAME, SECTIONS
from tui.standing import Link, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.screen import Screen

    from store.client import Client
    from store.config import Settings
    from store.services.people import PersonRow
    from tui.troubles import Trouble

_PRESENCE = (events.Key, events.Paste, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp)
_IDLE_CHECK_SECONDS = 5
_AGE_SECONDS = 20
_LOOK_SECONDS = 0.5  # what another process writes is on the screen within a second
_TROUBLE_SECONDS = 12
_SET_TITLE = "\x1b[22;0t\x1b]0;portal\x07"  # the terminal's own title is put aside, and a constant one set
_RESTORE_TITLE = "\x1b[23;0t"


def run_dashboard(client: Client) -> None:
    """Show the dashboard until the user leaves it. Raises PortalError when it had to stop."""
    scrub(os.environ)
    app = PortalApp(client)
    app.run()
    if app.has_crashed:
        raise PortalError("the dashboard stopped because of a mistake in this program; the vault is safe")


class PortalApp(App[None]):
    """The dashboard of one client."""

    TITLE = "portal"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    BINDINGS = bindings(Where.ANYWHERE)

    def __init__(
        self, client: Client, clock: Callable[[], float] = time.time, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        super().__init__()
        settings = client.settings
        self.can_lock = not (settings.passphrase_file or settings.passphrase_command or client.is_unlocked)
        self.has_crashed = False
        self.clock = clock
        self.standing = Standing()
        self.calls = Calls(self, client)
        self._client = client
        self._is_open = False
        self._idle = IdleWatch(clock, idle_seconds)

    async def on_mount(self) -> None:
        """Show the first screen."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(_SET_TITLE)
        self.set_interval(_IDLE_CHECK_SECONDS, self.lock_when_idle)
        self.set_interval(_LOOK_SECONDS, self.look)
        self.set_interval(_AGE_SECONDS, self.keep_age_true)
        if not self._client.has_vault:
            await self.push_screen(NoticeScreen(NO_VAULT))
        else:
            await self.push_screen(NoticeScreen(OPENING))
            self.call_after_refresh(self.calls.open)  # what is painted first need not wait for the vault

    async def on_unmount(self) -> None:
        """Stop what runs, and give the terminal its title back."""
        self._is_open = False
        await self.calls.end()
        if self._driver is not None and not self.is_headless:
            self._driver.write(_RESTORE_TITLE)

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is here, then go on as usual."""
        if isinstance(event, _PRESENCE):
            self._idle.touch()
        await super().on_event(event)

    async def lock_when_idle(self) -> None:
        """Lock a vault that has been left alone."""
        if self._idle.is_over and self.check_action("lock", ()):
            await self.action_lock()

    def look(self) -> None:
        """Look what other processes have done, while the vault is open."""
        if self._is_open:
            self.calls.look()

    def keep_age_true(self) -> None:
        """Tell the age of the data anew; a timer of a screen's own would keep it in memory after a lock."""
        self.tell()

    @on(messages.PassphraseNeeded)
    async def ask(self, message: messages.PassphraseNeeded) -> None:
        """Ask for the passphrase."""
        await self.switch_screen(UnlockScreen(message.trouble.sentence if message.trouble else ""))

    @on(UnlockScreen.Typed)
    def open_vault(self, message: UnlockScreen.Typed) -> None:
        """Try a passphrase."""
        self.calls.unlock(message.passphrase)

    @on(messages.Opened)
    def show_home(self) -> None:
        """Show the home, and read how things stand."""
        self._idle.touch()
        self._is_open = True
        self.standing = Standing()
        self.go("home")
        self.calls.read_standing()

    @on(messages.OpenFailed)
    @on(messages.CloseFailed)
    async def show_vault_trouble(self, message: messages.OpenFailed | messages.CloseFailed) -> None:
        """Say why the vault did not open, or did not close."""
        if isinstance(self.screen, UnlockScreen):
            self.screen.show_trouble(message.trouble)
        else:
            await self.switch_screen(NoticeScreen(message.trouble))

    @on(messages.StandingRead)
    def take_standing(self, message: messages.StandingRead) -> None:
        """Show how things stand, and let every screen read what it shows anew, unless the vault was locked."""
        if not self._is_open:
            return
        is_first = self.standing.status is None
        self.standing = replace(self.standing, status=message.status, unnoted=message.unnoted)
        self.tell()
        if not is_first:  # the first screen is reading already
            for screen in self.sections:
                screen.reload()

    def go(self, name: str, *about: str) -> None:
        """Go to a section, about something; whatever is open above the one that shows is closed."""
        while self.screen_stack[2:]:
            self.pop_screen()
        self.switch_screen(BY_NAME[name].make(*about))

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return self._client.settings

    def section_title(self, name: str) -> str:
        """What a section is called in the banner; nothing for the home."""
        return "" if name == "home" else BY_NAME[name].title

    @property
    def sections(self) -> list[SectionScreen]:
        """The sections that are open, also below something else."""
        return [screen for screen in self.screen_stack if isinstance(screen, SectionScreen)]

    def tell(self) -> None:
        """Have every section that is open show how things stand."""
        for screen in self.sections:
            if screen.is_mounted:
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

    @on(messages.CallFailed)
    def tell_trouble(self, message: messages.CallFailed) -> None:
        """Say what could not be read or done, unless the vault was locked meanwhile."""
        if self._is_open:
            self._tell(message.trouble)

    @on(messages.LockedElsewhere)
    async def lock_too(self) -> None:
        """Lock, because `portal lock` was called in another terminal."""
        if self._is_open:
            await self._lock("`portal lock` has locked it.")

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

    def action_sync(self) -> None:
        """Begin a sync."""
        if self._is_open and not self.standing.is_syncing:
            self.show_link(Link.SYNCING)
            self.calls.sync()

    def action_stop_sync(self) -> None:
        """Ask a running sync to stop."""
        if self._is_open and self.standing.is_syncing:
            self.show_link(Link.STOPPING)
            self.calls.stop_sync()

    def action_people(self) -> None:
        """Let somebody be chosen whose chart is shown."""
        for screen in self.sections:
            screen.ask(lambda client: client.people.list(), self._ask_whom)

    def _ask_whom(self, people: tuple[PersonRow, ...]) -> None:
        from tui.screens.people import PeopleScreen  # noqa: PLC0415 - loaded when it is first shown

        if isinstance(self.screen, SectionScreen):
            self.push_screen(PeopleScreen(people), self._switch)

    def _switch(self, chosen: str | None) -> None:
        if chosen is not None:
            for screen in self.sections:
                screen.do(lambda client: client.people.switch(chosen or None), lambda _: self.calls.read_standing())

    def action_go(self) -> None:
        """Let a section be chosen."""
        from tui.screens.go import GoScreen  # noqa: PLC0415 - loaded when it is first shown

        self.push_screen(GoScreen(), lambda name: self.go(name) if name else None)

    def action_go_to(self, name: str) -> None:
        """Go to a section."""
        self.go(name)

    async def action_lock(self) -> None:
        """Hide everything, then close the vault."""
        await self._lock()

    async def action_help(self) -> None:
        """Show the help."""
        from tui.screens.help import HelpScreen  # noqa: PLC0415 - loaded when it is first shown

        await self.push_screen(HelpScreen())

    async def action_back(self) -> None:
        """Close what is open above the home."""
        await self.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tell which actions make sense now."""
        del parameters
        match action:
            case "people":
                return self._is_open and self.standing.has_several_people
            case "sync":
                return self._is_open and not self.standing.is_syncing
            case "stop_sync":
                return self._is_open and self.standing.is_syncing
            case "go" | "go_to":
                return self._is_open
            case "lock":
                return self.can_lock and self._is_open
            case _:
                return True

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: our own actions and the choice of a theme, none that writes a file."""
        del screen
        for action in ACTIONS:
            name = action.call.removeprefix("app.")
            if action.is_in_palette and self.check_action(name, ()):
                yield SystemCommand(action.label, action.words, partial(self.run_action, action.call))
        if self._is_open:
            for section in SECTIONS:
                yield SystemCommand(f"Go to {section.title}", section.words, partial(self.go, section.name))
        yield SystemCommand("Theme", "Choose colours, dark or light", self.action_change_theme)

    async def _lock(self, why: str = "") -> None:
        self._is_open = False
        self.standing = Standing()
        self._clipboard = ""  # Textual's own, of what was marked with the mouse and copied
        self.clear_notifications()
        while self.screen_stack[2:]:  # below lie Textual's own empty screen and one of ours
            await self.pop_screen()
        # Textual's screen is never bared: it would keep what the screen above it had still asked to be done
        await self.switch_screen(UnlockScreen(why))
        self.calls.lock()

    def _tell(self, trouble: Trouble) -> None:
        self.notify(trouble.words, severity="error", timeout=_TROUBLE_SECONDS, markup=False)

    def _handle_exception(self, error: Exception) -> None:
        """End after a mistake in this program; unlike Textual's own, nothing of what it worked on is printed."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fatal_error()

    def _fatal_error(self) -> None:
        self.has_crashed = True
        if os.environ.get("PORTAL_DEBUG") and self._exception is not None:
            frames = "".join(traceback.format_tb(self._exception.__traceback__))
            self.panic(Text(f"{frames}{type(self._exception).__name__}"))
        else:
            self._close_messages_no_wait()
