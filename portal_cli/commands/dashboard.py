"""`portal dashboard`: the full-screen face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from portal_cli import context
from portal_cli.options import scoped

if TYPE_CHECKING:
    from store.client import Client

app = typer.Typer()


@app.command()
@scoped
def dashboard() -> None:
    """Open the full-screen dashboard, for reading and writing at length."""
    from portal_cli.problems import NoTerminal
    from store.errors import NoVault

    if not context.is_interactive():
        raise NoTerminal("the dashboard needs a terminal", "`portal status` shows the same in short, in a pipe too.")
    with context.client(may_ask=False, tells_shown=False) as client:
        if not client.has_vault:
            raise NoVault(client.settings.vault_dir)
        open_on(client)


def open_on(client: Client) -> None:
    """Open the dashboard on a client, and come back when it is closed."""
    from tui.app import run_dashboard

    run_dashboard(client)
