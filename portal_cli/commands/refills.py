"""`portal refills`: list and show refill requests."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import cards, context, listings, output, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer(cls=ListingGroup, help="List and show refill requests; `list` is meant when neither is said.")


@app.command(
    "list",
    epilog=examples(
        "portal refills",
        "portal refills list --json",
    ),
)
@scoped
def list_refills(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List refill requests, newest first, also those that wait to be sent."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        listings.show(client, client.refills.list(limit=how.limit), views.REFILLS, how)


@app.command()
@scoped
def show(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")], as_json: JsonOption = False
) -> None:
    """Show one refill request and where it stands."""
    with context.client() as client:
        found = client.refills.show(request)
    if as_json:
        output.document(found)
    else:
        output.text(cards.refill(found))
