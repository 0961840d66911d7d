"""`portal dashboard`: the full-screen face."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, signals
from portal_cli.options import examples, scoped

if TYPE_CHECKING:
    from store.client import Client

app = typer.Typer()

_SERVED = "PORTAL_SERVED"  # set by the server of `--web` for the dashboards that it starts


@app.command(epilog=examples("portal dashboard", "portal dashboard --no-mouse", "portal dashboard --web"))
@scoped
def dashboard(
    web: Annotated[
        bool, typer.Option("--web", help="Show it in a browser on this computer, at an address that opens once.")
    ] = False,
    port: Annotated[int, typer.Option(help="The port of --web; 0 is any free one.", min=0, max=65535)] = 0,
    no_mouse: Annotated[bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal.")] = False,
) -> None:
    """Open the full-screen dashboard, for reading and writing at length; where there is no vault, it makes one."""
    from portal_cli.problems import NoTerminal

    is_served = bool(os.environ.get(_SERVED)) and not web
    if web:
        from portal_cli import serving

        serving.serve(port, _SERVED)
        return
    if not (is_served or context.is_interactive()):
        raise NoTerminal("the dashboard needs a terminal", "`portal status` shows the same in short, in a pipe too.")
    with context.client(may_ask=False, tells_shown=False) as client:
        open_on(client, mouse=not no_mouse, is_served=is_served)


def open_on(client: Client, *, mouse: bool = True, is_served: bool = False) -> None:
    """Open the dashboard on a client, and come back when it is closed; what it made up to practise on goes then."""
    from tui.app import run_dashboard

    with ExitStack() as stack:
        stack.enter_context(signals.handling(signals.ENDING, signals.end))

        def demo() -> Client:
            from portal_cli.commands.demo import practice

            return practice(stack)

        has_vault = client.has_vault
        run_dashboard(client, None if has_vault else demo, mouse=mouse, is_served=is_served)
