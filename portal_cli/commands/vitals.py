"""`portal vitals`: vital signs."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import context, listings, views
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer()


@app.command(epilog=examples("portal vitals", "portal vitals weight --format csv"))
@scoped
def vitals(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Part of a measurement's name, or its LOINC code.")
    ] = None,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List vital signs, newest first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.labs.list(name, kind="vital", limit=how.limit)
        listings.show(client, found, views.VITALS, how)
