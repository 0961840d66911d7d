"""The ways into the dashboard that have several steps: the first run, a new portal, the practice portal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tui.calls import Calls
from tui.colourless import ColourlessApp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from store.client import Client
    from tui.screens.section import SectionScreen
    from tui.troubles import Trouble

    Demo: TypeAlias = Callable[[], Client]


class Journey(ColourlessApp):
    """What the steps of those ways ask of the dashboard."""

    calls: Calls
    can_lock: bool
    _client: Client
    _is_open: bool
    _demo: Demo | None = None

    @property
    def can_demo(self) -> bool:
        """Whether there is a practice portal to look around in."""
        return self._demo is not None

    @property
    def is_open(self) -> bool:
        """Whether the vault is open."""
        return self._is_open

    @property
    def sections(self) -> Sequence[SectionScreen]:
        """The sections that are open, also below something else."""
        raise NotImplementedError

    def arrive(self) -> None:
        """Show what a sign-in brings: the first sync begins."""
        raise NotImplementedError

    def note_open(self) -> None:
        """Note that a vault was made, and is open: it locks when nobody is there."""
        self._is_open = True

    def begin_demo(self, failed: Callable[[Trouble], object]) -> None:
        """Make up a practice portal, and go on with a vault of it that nothing stays of."""
        demo = self._demo
        if demo is not None:
            self.calls.talk(self.screen, lambda _: demo(), self._adopt, failed)

    async def _adopt(self, client: Client) -> None:
        await self.calls.end()
        self._client, self.can_lock = client, False
        self.calls = Calls(self, client)
        self.note_open()
        self.arrive()

    def add_portal(self) -> None:
        """Look for a portal to sign in to."""
        from tui.screens.sign_in import AddressScreen  # noqa: PLC0415 - loaded when it is first shown

        is_first = not self.sections
        self.push_screen(AddressScreen("3 of 3: your portal" if is_first else "Another portal"))

    def add_first_portal(self) -> None:
        """Look for a portal, now that there is a vault; back from there leads to the welcome."""
        self.pop_screen()
        self.add_portal()

    def step_back(self) -> None:
        """Close a step; below it lies what it was opened from."""
        if self.screen_stack[2:]:
            self.pop_screen()  # not awaited: a step that waits for its own end waits for ever

    def open_browser(self, url: str) -> None:
        """Open a page in a browser that has a window; one in this terminal would write over the dashboard."""
        has_window = sys.platform in {"darwin", "win32"} or any(
            os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
        )
        if has_window:
            import webbrowser  # noqa: PLC0415 - rarely needed

            webbrowser.open(url)
