"""`portal logout`: sign out of a portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, prompts
from portal_cli.options import examples, scoped

if TYPE_CHECKING:
    from store.client import Client

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal logout",
        "portal logout fhir.example.org --erase",
    )
)
@scoped
def logout(
    portal: Annotated[
        str | None, typer.Argument(metavar="PORTAL", help="The portal's name or address, when there are several.")
    ] = None,
    erase: Annotated[bool, typer.Option("--erase", help="Remove the records of that portal too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase without being asked.")] = False,
) -> None:
    """Sign out of a portal. Its records stay in the vault, unless they are to be erased."""
    from store.records.text import one_line

    with context.client() as client:
        if erase and not yes and not _is_sure(client, portal):
            diagnostics.note("Nothing was done.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        name, is_confirmed = client.sign_ins.end(portal, erase=erase)
    diagnostics.note(f"Signed out of {one_line(name)}.")
    if not is_confirmed:
        diagnostics.note("The portal has not confirmed it; the sign-in is gone from this computer all the same.")
    if erase:
        diagnostics.note("The records of that portal are gone from the vault.")


def _is_sure(client: Client, portal: str | None) -> bool:
    from store.records.text import one_line

    name = one_line(client.portals.choose(portal).name)
    waiting = client.overview.status().waiting
    if waiting:
        diagnostics.note(f"Requests that wait to be sent: {waiting}. Those to {name} go with its records.")
    return prompts.confirm(f"Remove every record of {name} from the vault?", f"erasing the records of {name}")
