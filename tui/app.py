"""The dashboard's application: which screen shows, and what follows from each message."""

from __future__ import annotations

import os
import time
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import App, SystemCommand

from store.errors import PortalError
from store.records.text import one_line
from tui import messages, words
from tui.actions import ACTIONS, IN_PALETTE, Where, bindings
from tui.calls import Calls
from tui.environment import scrub
from tui.idle import IDLE_SECONDS, IdleWatch
from tui.screens.detail import DetailScreen
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.notice import NO_VAULT, OPENING, NoticeScreen
from tui.screens.people import PeopleScreen
from tui.screens.unlock import UnlockScreen
from tui.widgets.panel import Panel
from tui.widgets.status_line import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.screen import Screen

    from store.client import Client
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
        self._client = client
        self._clock = clock
        self._idle = IdleWatch(clock, idle_seconds)
        self._calls = Calls(self, client)
        self._home: HomeScreen | None = None

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
            self._calls.open()

    async def on_unmount(self) -> None:
        """Stop what runs, and give the terminal its title back."""
        self._home = None
        await self._calls.end()
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
        if self._home:
            self._calls.look()

    def keep_age_true(self) -> None:
        """Tell the age of the data anew; a timer of the home's own would keep the home in memory after a lock."""
        if self._home:
            self._home.tell()

    @on(messages.PassphraseNeeded)
    async def ask(self, message: messages.PassphraseNeeded) -> None:
        """Ask for the passphrase."""
        await self.switch_screen(UnlockScreen(message.trouble.sentence if message.trouble else ""))

    @on(UnlockScreen.Typed)
    def open_vault(self, message: UnlockScreen.Typed) -> None:
        """Try a passphrase."""
        self._calls.unlock(message.passphrase)

    @on(messages.Opened)
    async def show_home(self) -> None:
        """Show the home, and read what it shows."""
        self._idle.touch()
        self._home = HomeScreen(self._clock)
        await self.switch_screen(self._home)
        self._calls.read_home()

    @on(messages.OpenFailed)
    @on(messages.CloseFailed)
    async def show_vault_trouble(self, message: messages.OpenFailed | messages.CloseFailed) -> None:
        """Say why the vault did not open, or did not close."""
        if isinstance(self.screen, UnlockScreen):
            self.screen.show_trouble(message.trouble)
        else:
            await self.switch_screen(NoticeScreen(message.trouble))

    @on(messages.HomeRead)
    def fill_home(self, message: messages.HomeRead) -> None:
        """Show what was read, unless the vault was locked meanwhile."""
        if self._home:
            self._home.show(message.view)

    @on(Panel.Chosen)
    def read_record(self, message: Panel.Chosen) -> None:
        """Read a record that was opened."""
        self._calls.read(message.noun, message.key, self._clock(), message.portal)

    @on(messages.PeopleRead)
    async def show_people(self, message: messages.PeopleRead) -> None:
        """Show the choice of people, unless the vault was locked meanwhile or something else was opened."""
        if self._home and self.screen is self._home:
            await self.push_screen(PeopleScreen(message.people))

    @on(PeopleScreen.Chosen)
    async def switch_person(self, message: PeopleScreen.Chosen) -> None:
        """Show somebody else's records."""
        if self._home and isinstance(self.screen, PeopleScreen):
            await self.pop_screen()
            self._calls.switch(message.portal)

    @on(messages.RecordRead)
    async def show_record(self, message: messages.RecordRead) -> None:
        """Show a record, unless the vault was locked meanwhile or something else was opened."""
        if self._home and self.screen is self._home:
            await self.push_screen(DetailScreen(message.reading))

    @on(messages.CallFailed)
    def tell_trouble(self, message: messages.CallFailed) -> None:
        """Say what could not be read, unless the vault was locked meanwhile."""
        if self._home:
            self._tell(message.trouble)

    @on(messages.LockedElsewhere)
    async def lock_too(self) -> None:
        """Lock, because `portal lock` was called in another terminal."""
        if self._home:
            await self._lock("`portal lock` has locked it.")

    @on(messages.SyncProgressed)
    def show_progress(self, message: messages.SyncProgressed) -> None:
        """Show how far a sync has come."""
        if self._home:
            self._home.show_progress(message.event)

    @on(messages.SyncEnded)
    def end_sync(self, message: messages.SyncEnded) -> None:
        """Say how a sync ended, and show what it brought."""
        if not self._home:
            return
        offline = message.trouble is not None and message.trouble.is_offline
        self._home.show_link(Link.OFFLINE if offline else Link.UNTRIED if message.trouble else Link.ONLINE)
        self._calls.read_home()
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
        if self._home and not self.is_syncing:
            self._home.show_link(Link.SYNCING)
            self._calls.sync()

    def action_stop_sync(self) -> None:
        """Ask a running sync to stop."""
        if self._home and self.is_syncing:
            self._home.show_link(Link.STOPPING)
            self._calls.stop_sync()

    def action_people(self) -> None:
        """Let somebody be chosen."""
        if self._home:
            self._calls.read_people()

    async def action_lock(self) -> None:
        """Hide everything, then close the vault."""
        await self._lock()

    async def action_help(self) -> None:
        """Show the help."""
        await self.push_screen(HelpScreen())

    async def action_back(self) -> None:
        """Close what is open above the home."""
        await self.pop_screen()

    @property
    def is_syncing(self) -> bool:
        """Whether a sync is running."""
        return self._home is not None and self._home.link in {Link.SYNCING, Link.STOPPING}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tell which actions make sense now."""
        del parameters
        match action:
            case "people":
                return self._home is not None and self._home.has_several_people
            case "sync":
                return self._home is not None and not self.is_syncing
            case "stop_sync":
                return self.is_syncing
            case "lock":
                return self.can_lock and self._home is not None
            case _:
                return True

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: our own actions and the choice of a theme, none that writes a file."""
        del screen
        for action in ACTIONS:
            name = action.call.removeprefix("app.")
            if action.id in IN_PALETTE and self.check_action(name, ()):
                yield SystemCommand(action.label, action.words, partial(self.run_action, action.call))
        yield SystemCommand("Theme", "Choose colours, dark or light", self.action_change_theme)

    async def _lock(self, why: str = "") -> None:
        self._home = None
        self._clipboard = ""  # Textual's own, of what was marked with the mouse and copied
        self.clear_notifications()
        while self.screen_stack[2:]:  # below lie Textual's own empty screen and one of ours
            await self.pop_screen()
        # Textual's screen is never bared: it would keep what the screen above it had still asked to be done
        await self.switch_screen(UnlockScreen(why))
        self._calls.lock()

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
