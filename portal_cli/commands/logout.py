"""`portal logout`: sign out of a portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, prompts
from portal_cli.options import examples, scoped

if TYPE_CHECKING:
    from store.client import Client
    from store.services.sign_out import SignedOut

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal logout",
        "portal logout fhir.example.org --erase",
        "portal logout --all",
    )
)
@scoped
def logout(
    portal: Annotated[
        str | None, typer.Argument(metavar="PORTAL", help="The portal's name or address, when there are several.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Sign out of every portal.")] = False,
    erase: Annotated[bool, typer.Option("--erase", help="Remove the records of that portal too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase without being asked.")] = False,
) -> None:
    """Sign out of a portal. Its records stay in the vault, unless they are to be erased."""
    if every and portal is not None:
        raise typer.BadParameter("--all and a portal cannot both be named")
    with context.client() as client:
        if erase and not yes and not _is_sure(client, portal, every=every):
            diagnostics.note("Nothing was done.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        ended = client.sign_ins.end_all(erase=erase) if every else (client.sign_ins.end(portal, erase=erase),)
    for one in ended:
        _tell(one, erased=erase)


def _tell(ended: SignedOut, *, erased: bool) -> None:
    diagnostics.note(f"Signed out of {ended.name}.")
    if not ended.is_confirmed:
        diagnostics.note("The portal has not confirmed it; the sign-in is gone from this computer all the same.")
    if ended.management:
        diagnostics.note(f"Applications that may still use your record: {ended.management}")
    if erased:
        diagnostics.note("The records of that portal are gone from the vault.")


def _is_sure(client: Client, portal: str | None, *, every: bool) -> bool:
    from store.records.text import one_line

    waiting = client.overview.status().waiting
    if every:
        if waiting:
            diagnostics.note(f"Requests that wait to be sent: {waiting}. They go with the records.")
        return prompts.confirm("Remove every record of every portal from the vault?", "erasing every record")
    name = one_line(client.portals.choose(portal).name)
    if waiting:
        diagnostics.note(f"Requests that wait to be sent: {waiting}. Those to {name} go with its records.")
    return prompts.confirm(f"Remove every record of {name} from the vault?", f"erasing the records of {name}")
