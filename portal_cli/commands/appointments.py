"""`portal appointments`: list and show appointments."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import cards, context, listings, output, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer(cls=ListingGroup, help="List and show appointments; `list` is meant when neither is said.")


@app.command(
    "list",
    epilog=examples(
        "portal appointments",
        "portal appointments list --past --limit 5",
    ),
)
@scoped
def list_appointments(
    past: Annotated[bool, typer.Option("--past", help="Past appointments instead of those to come.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Those to come and past ones, of every portal and patient.")
    ] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List appointments to come, the next one first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.appointments.list(upcoming=every or not past, past=every or past, limit=how.limit)
        listings.show(client, found, views.APPOINTMENTS, how)


@app.command()
@scoped
def show(
    appointment: Annotated[str, typer.Argument(metavar="APPOINTMENT", help="Id of the appointment.")],
    as_json: JsonOption = False,
) -> None:
    """Show one appointment."""
    with context.client() as client:
        found = client.appointments.show(appointment)
    if as_json:
        output.document(found)
    else:
        output.text(cards.appointment(found))
