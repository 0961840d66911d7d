"""`portal medications`: the medication list."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import context, listings, views_of_medicines
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal medications",
        "portal medications --all --format csv",
    )
)
@scoped
def medications(
    include_past: Annotated[
        bool, typer.Option("--all", help="Past medications too, and those of every portal and patient.")
    ] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List current medications, newest first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.medications.list(include_past=include_past, limit=how.limit)
        listings.show(client, found, views_of_medicines.MEDICATIONS, how)
