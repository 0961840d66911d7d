"""`portal status`, and what `portal` alone shows."""

from __future__ import annotations

import typer

from portal_cli import context, output, status_card
from portal_cli.options import JsonOption, scoped

app = typer.Typer()

_WELCOME = """Welcome to portal: your patient portal at the terminal.

There is no vault on this computer yet.
To make one, sign in to your portal by its FHIR address:

  portal login https://ADDRESS/fhir

To be led through that step by step, in the full-screen dashboard:

  portal dashboard

To look around first, with made-up patients and nothing left behind:

  portal demo

`portal --help` lists every command."""


@app.command()
@scoped
def status(as_json: JsonOption = False) -> None:
    """Show the vault, its portals, the age of the data, what is unread, what comes and what waits to be sent."""
    status_card.show(as_json=as_json)


def welcome(help_text: str) -> None:
    """Show what `portal` alone shows: the status card, the way to begin, or in a pipe the help."""
    if not output.is_terminal():
        output.text(help_text)
        return
    with context.client() as client:
        if client.has_vault:
            status_card.show_of(client, as_json=False)
        else:
            output.text(_WELCOME)
