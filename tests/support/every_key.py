"""The dashboard on the terminal that it is started on, with every screen opened and every key pressed, then left.

`python -m tests.support.every_key VAULT CONFIG REPORT` writes to REPORT, as JSON, the names of all that was shown.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual.screen import ModalScreen
from textual.widgets import Input

from store.client import Client
from store.config import Settings
from store.vault import keys
from tests.tui.conftest import unlock
from tui.actions import ACTIONS
from tui.app import PortalApp
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.merge import MergeScreen
from tui.screens.section import SectionScreen
from tui.sections import SECTIONS
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.pilot import Pilot
    from textual.screen import Screen

    from tui.sections import Section

_LEFT_OUT = {"quit", "quit-anywhere", "lock", "go", "help", "stop", "sync", "people", "back", "find-here", "narrow"}
_ROWS = {"records": 4, "labs": 2}
_LEAVES = {"labs": 13}  # screenfuls
_QUIET_ROUNDS = 2
_ROUND_SECONDS = 0.01
_STACK = 2  # Textual's own screen, and the section
_DEPTH = 3  # of questions that are answered one after the other
_SENDS = {"appointments", "medications", "refills", "messages", "profile", "insurance", "allergies"}
_WAITS = {"sign-in-again"}  # beyond it a browser is waited for


class EveryKey:
    """A person who leaves nothing out; `seen` are the screens and widgets that were there."""

    def __init__(self, app: PortalApp) -> None:
        self._app = app
        self.seen: set[str] = set()

    async def walk(self, pilot: Pilot[None]) -> None:
        """Unlock, look at everything, and leave."""
        self._pilot = pilot
        await unlock(pilot)
        for keys_ in (
            ("question_mark", "end", "escape"),
            ("p", "down", "escape"),
            ("ctrl+p", "escape"),
            ("g", "escape"),
        ):
            await self._press(*keys_)
        for section in SECTIONS:
            await self._look_over(section)
        await self._press("s")
        self._app.exit()

    async def _look_over(self, section: Section) -> None:
        """Read lines of a section one by one, then press all of its keys, each from the line at the top."""
        await self._go(section)
        for table in self._app.screen.query(Table):
            for _ in range(_ROWS.get(section.name, 1)):
                table.focus()
                await self._press("enter")
                if self._app.screen is not table.screen:  # such as a draft, to go on with
                    await self._answer()
                    break
                table.focus()
                await self._press("down")
            await self._press(*["pagedown"] * _LEAVES.get(section.name, 0), "home")
        for name, key in _keys_of(self._app.screen).items():
            await self._come_back(section)
            await self._press(key)
            if name not in _WAITS:
                await self._answer(sends=section.name in _SENDS)

    async def _go(self, section: Section) -> None:
        self._app.go(section.name)
        await self._settle()

    async def _come_back(self, section: Section) -> None:
        """Close what is open above a section, or go there again."""
        for _ in range(_DEPTH):
            if len(self._app.screen_stack) > _STACK or isinstance(self._app.focused, Input):
                await self._press("escape")
        if not isinstance(self._app.screen, SectionScreen) or section.name != self._app.screen.NAME:
            await self._go(section)

    async def _answer(self, *, sends: bool = False) -> None:
        """Go on with what opened: choose, review, and say yes where it `sends` to the portal of the test."""
        for _ in range(_DEPTH):
            shown = self._app.screen
            match shown:
                case ConfirmScreen():
                    await self._press("y" if sends else "enter")
                case FormScreen():
                    await self._press("f2")
                case MergeScreen():
                    await self._press("m", "down", "t", "e", "escape", "f2")
                case ModalScreen():
                    await self._press("enter")
                case _:
                    return
            if self._app.screen is shown:
                return

    async def _press(self, *pressed: str) -> None:
        for key in pressed:
            self._app.simulate_key(key)
            await self._settle()

    async def _settle(self) -> None:
        """Wait until nothing is under way; what one answer brings about may be the next question."""
        quiet = 0
        while quiet < _QUIET_ROUNDS:
            await self._pilot.pause(_ROUND_SECONDS)
            quiet = 0 if any(not worker.is_finished for worker in self._app.workers) else quiet + 1
        self._note()

    def _note(self) -> None:
        shown = [*self._app.screen_stack, *self._app.screen.query("*")]
        self.seen |= {type(one).__name__ for one in shown if type(one).__module__.startswith("tui.")}


def _keys_of(screen: Screen[object]) -> dict[str, str]:
    """The actions of a screen of ours, each with one of its keys."""
    own = {
        getattr(each, "id", "")
        for kind in type(screen).__mro__
        if kind.__module__.startswith("tui.")
        for each in kind.__dict__.get("BINDINGS", ())
    }
    found = {action.id: action.keys[0] for action in ACTIONS if action.id in own and action.id not in _LEFT_OUT}
    return dict(reversed(found.items()))  # those that show another list come last


def main(vault: str, config: str, report: str) -> None:
    """Walk, and tell what was seen."""
    app = PortalApp(Client(Settings(vault_dir=Path(vault), config_file=Path(config)), cost=keys.FLOOR))
    everything = EveryKey(app)
    app.run(auto_pilot=cast("Callable[[Pilot[object]], Coroutine[Any, Any, None]]", everything.walk))
    Path(report).write_text(json.dumps(sorted(everything.seen)), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
