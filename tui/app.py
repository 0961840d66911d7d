"""The dashboard's application: which screen shows, and what follows from each message."""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events, on
from textual.app import SystemCommand
from textual.await_complete import AwaitComplete

from tui import furnishing, messages, themes, turns
from tui.actions import ACTIONS, Where, bindings
from tui.calls import Asked, Calls
from tui.idle import IdleWatch
from tui.locking import Locking
from tui.screens.opening import OpeningScreen
from tui.sections import BY_NAME, SECTIONS
from tui.standing import Standing
from tui.typed_ahead import Turn, TypedAhead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.driver import Driver
    from textual.screen import Screen

    from store.client import Client
    from store.config import Settings
    from tui.journey import Demo

_PRESENCE = (events.Key, events.Paste, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp)
_IDLE_CHECK_SECONDS = 1
_AGE_SECONDS = 20
_LOOK_SECONDS = 0.5  # what another process writes is on the screen within a second
_SET_TITLE = "\x1b[22;0t\x1b]0;portal\x07"  # the terminal's own title is put aside, and a constant one set
_RESTORE_TITLE = "\x1b[23;0t"


class PortalApp(Locking):
    """The dashboard of one client."""

    TITLE = "portal"
    BINDINGS = bindings(Where.ANYWHERE)

    def __init__(
        self,
        client: Client,
        clock: Callable[[], float] = time.time,
        idle_seconds: float | None = None,
        *,
        demo: Demo | None = None,
        is_served: bool = False,
    ) -> None:
        super().__init__(driver_class=_web_driver() if is_served else None)
        settings = client.settings
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.chosen(settings.theme, os.environ)
        self.can_lock = not (settings.passphrase_file or settings.passphrase_command or client.is_unlocked)
        self.has_crashed = False
        self.clock = clock
        self.standing = Standing()
        self.deleted_drafts = []
        self.calls = Calls(self, client)
        self._client = client
        self._is_open = False
        self._demo = demo
        self._left = "home"
        self._typed_ahead = TypedAhead()
        self._idle = IdleWatch(clock, settings.lock_after if idle_seconds is None else idle_seconds)

    async def on_mount(self) -> None:
        """Begin what is done every so often, and load the rest."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(_SET_TITLE)
        self.set_interval(_IDLE_CHECK_SECONDS, self.lock_when_idle)
        self.set_interval(_LOOK_SECONDS, self.look)
        self.set_interval(_AGE_SECONDS, self.keep_age_true)
        self.call_after_refresh(self.call_later, self._furnish)  # what is painted first need not wait for the rest

    def get_default_screen(self) -> OpeningScreen:
        """What is painted first, and lies below every other screen from then on."""
        return OpeningScreen("Opening the vault" if self._client.has_vault else "Opening")

    def switch_screen(self, screen: Screen[Any] | str) -> AwaitComplete:
        """Show a screen in place of the one that shows, unless that is the first one, which stays below."""
        return super().switch_screen(screen) if self.screen_stack[1:] else AwaitComplete(self.push_screen(screen))

    async def _furnish(self) -> None:
        """Have the vault opened, and load what comes after it meanwhile."""
        has_vault = self._client.has_vault
        if has_vault:
            self.calls.open()
        looks = await asyncio.to_thread(furnishing.load, self.stylesheet.copy())
        furnishing.merge(looks, self.stylesheet)
        self.stylesheet = looks
        turns.started()
        if not has_vault:
            from tui.screens.first_run import WelcomeScreen  # noqa: PLC0415 - most runs have a vault

            await self.switch_screen(WelcomeScreen())

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
        if isinstance(event, events.Key) and not event.is_forwarded and self.screen_stack:
            self._typed_ahead.aim(event, self.screen)
        await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Give a key to what has opened since it was typed, where that is what it is for."""
        turn = self._typed_ahead.turn(event, self.screen_stack)
        if turn is not Turn.ITS_OWN:
            event.stop()
            event.prevent_default()
        if turn is Turn.ANOTHERS:
            self.post_message(events.Key(event.key, event.character))

    def look(self) -> None:
        """Look what other processes have done, while the vault is open."""
        if self._is_open:
            self.calls.look()

    def keep_age_true(self) -> None:
        """Tell the age of the data anew; a timer of a screen's own would keep it in memory after a lock."""
        self.tell()
        if self._sync_every and self.clock() >= self._sync_due:
            self.action_sync()

    @on(messages.PassphraseNeeded)
    async def ask(self, message: messages.PassphraseNeeded) -> None:
        """Ask for the passphrase."""
        from tui.screens.unlock import UnlockScreen  # noqa: PLC0415 - after the first screen was painted

        await self.switch_screen(UnlockScreen(message.trouble.sentence if message.trouble else ""))

    @on(messages.PassphraseTyped)
    def open_vault(self, message: messages.PassphraseTyped) -> None:
        """Try a passphrase."""
        self.calls.unlock(message.passphrase)

    @on(messages.Opened)
    def show_home(self) -> None:
        """Show the home, and read how things stand."""
        self._idle.touch()
        self._is_open = True
        self.go(self._left)
        self.calls.read_standing()

    def arrive(self) -> None:
        """Show the sync, and begin it, after somebody has signed in."""
        self._idle.touch()
        self.go("sync")
        self.action_sync()

    @on(messages.OpenFailed)
    @on(messages.CloseFailed)
    async def show_vault_trouble(self, message: messages.OpenFailed | messages.CloseFailed) -> None:
        """Say why the vault did not open, or did not close."""
        from tui.screens.notice import NoticeScreen  # noqa: PLC0415 - as in ask
        from tui.screens.step import StepScreen  # noqa: PLC0415 - as in ask
        from tui.screens.unlock import UnlockScreen  # noqa: PLC0415 - as in ask

        if isinstance(self.screen, UnlockScreen | StepScreen):
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

    @on(messages.CallFailed)
    def tell_trouble(self, message: messages.CallFailed) -> None:
        """Say what could not be read or done, unless the vault was locked meanwhile."""
        if self._is_open:
            self._tell(message.trouble)

    def action_go(self) -> None:
        """Let a section be chosen."""
        from tui.screens.go import GoScreen  # noqa: PLC0415 - loaded when it is first shown

        self.push_screen(GoScreen(), lambda name: self.go(name) if name else None)

    def action_go_to(self, name: str) -> None:
        """Go to a section."""
        self.go(name)

    async def action_help(self) -> None:
        """Show the help."""
        from tui.screens.help import HelpScreen  # noqa: PLC0415 - loaded when it is first shown

        await self.push_screen(HelpScreen(self.screen))

    async def action_back(self) -> None:
        """Close what is open above a section; a key that is pressed twice does not close the section, too."""
        if self.screen_stack[2:]:
            await self.pop_screen()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours that another theme does not name."""
        return themes.DEFAULTS

    def action_theme(self) -> None:
        """Let colours be chosen, and remember them in the settings."""
        from tui.screens.pick import PickScreen  # noqa: PLC0415 - loaded when it is first shown

        now = self._client.configuration.settings.theme
        self.push_screen(PickScreen("Which colours?", tuple(themes.WORDS.items()), now), self._take_theme)

    def _take_theme(self, setting: str | None) -> None:
        if setting is not None:
            without_vault = Asked(needs_vault=False)
            self.calls.do(
                self.screen, lambda client: client.configuration.set({"theme": setting}), self.heed, asked=without_vault
            )

    def heed(self, _: object = None) -> None:
        """Let the settings hold that were changed, as far as this dashboard can without a new start."""
        settings = self._client.configuration.settings
        self.theme = themes.chosen(settings.theme, os.environ)
        self._idle.set_limit(settings.lock_after)
        for screen in self.sections:
            screen.reload()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy, and say what that means."""
        super().copy_to_clipboard(text)
        self.notify("Copied. It has left the vault: other programs can read it now.", markup=False)

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Write no file: what is on the screen stays in the vault."""
        del filename, path

    def deliver_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> str | None:
        """Write no file, as in `action_screenshot`."""
        del filename, path, time_format
        return None

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


def _web_driver() -> type[Driver]:
    from textual.drivers.web_driver import WebDriver  # noqa: PLC0415 - only what is served in a browser needs it

    return WebDriver
