"""`portal lock`: end every session."""

from __future__ import annotations

import typer

from portal_cli import context, diagnostics, output, wording
from portal_cli.options import JsonOption, examples

app = typer.Typer()


@app.command(epilog=examples("portal lock"))
def lock(as_json: JsonOption = False) -> None:
    """Lock the vault: end every session, wherever it was begun, and have open dashboards lock themselves."""
    with context.client(may_ask=False) as client:
        ended = client.slots.end_sessions()
    if as_json:
        output.document({"ended": ended})
    diagnostics.note(f"The vault is locked; {wording.counted(ended, 'session')} ended.")
