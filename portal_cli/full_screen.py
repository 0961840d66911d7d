"""The full-screen face on this terminal, without the library that reads command lines."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from portal_cli import context, diagnostics, everywhere
from store import signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from store.errors import PortalError

SERVED = "PORTAL_SERVED"  # set by the server of `--web` for the dashboards that it starts

_CALM = {"PORTAL_ACCESSIBLE": "1", "TEXTUAL_ANIMATIONS": "none"}  # read by the dashboard and by what it is made with


def show(*, mouse: bool) -> None:
    """Open the dashboard on the vault of this machine. Raises NoTerminal where there is nobody to see it."""
    is_served = bool(os.environ.get(SERVED))
    if not (is_served or can_draw()):
        raise _nowhere_to_draw()
    with context.client(may_ask=False, tells_shown=False) as client:
        open_on(client, mouse=mouse, is_served=is_served)


def can_draw() -> bool:
    """Whether a person sits here at a terminal on which a screen can be drawn."""
    return context.is_interactive() and not everywhere.is_dumb()


def open_on(client: Client, *, mouse: bool = True, is_served: bool = False) -> None:
    """Open the dashboard on a client, and come back when it is closed; what it made up to practise on goes then."""
    if not is_served:
        tell_of_listening()
    if everywhere.now().accessible:
        os.environ |= _CALM
    run_dashboard = _loaded()

    with ExitStack() as stack:
        stack.enter_context(signals.handling(signals.ENDING, signals.end))

        def demo() -> Client:
            from portal_cli.commands.demo import practice  # noqa: PLC0415 - only a first look needs it

            return practice(stack)

        has_vault = client.has_vault
        run_dashboard(client, None if has_vault else demo, mouse=mouse, is_served=is_served)


def _loaded() -> Callable[..., None]:
    """The dashboard, once it is loaded; nothing of it goes away again, and to look for that meanwhile takes long."""
    gc.disable()
    try:
        from tui.running import run_dashboard  # noqa: PLC0415 - a command that has no terminal is told so before
    finally:
        gc.enable()
    return run_dashboard


def tell_of_listening() -> None:
    """Say to who asked for output to listen to that the dashboard is none, and what is."""
    if everywhere.now().accessible:
        diagnostics.note(
            "The dashboard is drawn for the eye; for a screen reader use the commands, such as `portal status`, "
            "which do all that it does, line by line."
        )


def _nowhere_to_draw() -> PortalError:
    from portal_cli.problems import NoTerminal  # noqa: PLC0415 - rarely raised

    if context.is_interactive() and everywhere.is_dumb():
        return NoTerminal(
            "the dashboard cannot be drawn on a terminal that calls itself dumb (TERM=dumb)",
            "`portal status` shows the same in short; every command prints plain lines with `--accessible`.",
        )
    return NoTerminal("the dashboard needs a terminal", "`portal status` shows the same in short, in a pipe too.")
