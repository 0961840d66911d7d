"""`portal logout`: sign out of a portal."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import context, diagnostics
from portal_cli.options import examples

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal logout",
        "portal logout fhir.example.org --erase",
    )
)
def logout(
    portal: Annotated[
        str | None, typer.Argument(metavar="PORTAL", help="The portal's name or address, when there are several.")
    ] = None,
    erase: Annotated[bool, typer.Option("--erase", help="Remove the records of that portal too.")] = False,
) -> None:
    """Sign out of a portal. Its records stay in the vault, unless they are to be erased."""
    from store.records.text import one_line

    with context.client() as client:
        name, is_confirmed = client.sign_ins.end(portal, erase=erase)
    diagnostics.note(f"Signed out of {one_line(name)}.")
    if not is_confirmed:
        diagnostics.note("The portal has not confirmed it; the sign-in is gone from this computer all the same.")
    if erase:
        diagnostics.note("The records of that portal are gone from the vault.")
