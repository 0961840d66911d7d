"""`portal labs`: laboratory results."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import context, listings, views
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal labs",
        "portal labs glucose --limit 5",
        "portal labs --abnormal --json",
    )
)
@scoped
def labs(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Part of a result's name, or its LOINC code.")
    ] = None,
    abnormal: Annotated[bool, typer.Option("--abnormal", help="Only results that are out of range.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List laboratory results, newest first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.labs.list(name, abnormal=abnormal, limit=how.limit)
        listings.show(client, found, views.LABS, how)
