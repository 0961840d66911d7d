"""A run of the dashboard in this process, from its first screen until it is left, or ended."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from store.errors import PortalError
from tui import furnishing, pasting, turns
from tui.app import PortalApp
from tui.ending import ended_by_signals
from tui.environment import scrub

if TYPE_CHECKING:
    from store.client import Client
    from tui.journey import Demo


def run_dashboard(client: Client, demo: Demo | None = None, *, mouse: bool = True, is_served: bool = False) -> None:
    """Show the dashboard until the user leaves it. Raises PortalError when it had to stop.

    `demo` makes up a practice portal to look around in, signed in to by a client of its own. One that `is_served` is
    drawn for a browser and not for this terminal.
    """
    scrub(os.environ)
    furnishing.settle()
    app = PortalApp(client, demo=demo, is_served=is_served)
    pasting.settle()
    with ended_by_signals(app.exit), asyncio.Runner(loop_factory=turns.new_loop) as runner:
        runner.run(app.run_async(mouse=mouse))
    if app.has_crashed:
        raise PortalError("the dashboard stopped because of a mistake in this program; the vault is safe")
