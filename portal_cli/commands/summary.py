"""`portal summary`: the health summary on one page."""

from __future__ import annotations

import typer

from portal_cli import accessible, context, output
from portal_cli.options import JsonOption, examples, scoped

app = typer.Typer()


@app.command(epilog=examples("portal summary", "portal summary --json", "portal summary --accessible"))
@scoped
def summary(as_json: JsonOption = False) -> None:
    """Show problems, allergies, medicines, recent results, vaccinations and visits to come."""
    from portal_cli import record_texts

    with context.client() as client:
        found = client.summaries.make()
    if as_json:
        output.document(found)
    elif accessible.is_on():
        output.text(record_texts.spoken_summary(found))
    else:
        output.drawn(record_texts.summary(found, output.width()))
