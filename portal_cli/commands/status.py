"""`portal status`, and what `portal` alone shows."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import typer

from portal_cli import cards, context, output
from portal_cli.options import JsonOption, scoped

if TYPE_CHECKING:
    from store.client import Client

app = typer.Typer()

_WELCOME = """Welcome to portal: your patient portal at the terminal.

There is no vault on this computer yet. To make one, sign in to your portal by its FHIR address:

  portal login https://ADDRESS/fhir

To look around first, with made-up patients and nothing left behind:

  portal demo

`portal --help` lists every command."""


@app.command()
@scoped
def status(as_json: JsonOption = False) -> None:
    """Show the vault, its portals, the age of the data, what is unread, what comes and what waits to be sent."""
    from store.errors import NoVault

    with context.client() as client:
        if not client.has_vault:
            raise NoVault(client.settings.vault_dir)
        _show(client, as_json=as_json)


def welcome(help_text: str) -> None:
    """Show what `portal` alone shows: the status card, the way to begin, or in a pipe the help."""
    if not output.is_terminal():
        output.text(help_text)
        return
    with context.client() as client:
        if client.has_vault:
            _show(client, as_json=False)
        else:
            output.text(_WELCOME)


def _show(client: Client, *, as_json: bool) -> None:
    from store.errors import VaultLocked

    vault = client.settings.vault_dir
    try:
        client.unlock()
    except VaultLocked:
        if as_json:
            output.document({"vault": vault, "is_locked": True})
        else:
            output.text(cards.locked(vault))
        raise
    found = client.overview.status()
    if as_json:
        known = {field.name: getattr(found, field.name) for field in fields(found)}
        output.document({"vault": vault, "is_locked": False, **known})
    else:
        output.text(cards.status(found, vault))
