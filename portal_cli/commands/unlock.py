"""`portal unlock`: keep the vault open for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import context, diagnostics, output, wording
from portal_cli.options import JsonOption, duration, examples

app = typer.Typer()


@app.command(epilog=examples("portal unlock", "portal unlock --for 2h"))
def unlock(
    lasting: Annotated[str, typer.Option("--for", help="How long, such as 90s, 15m or 8h; 12h at the most.")] = "15m",
    as_json: JsonOption = False,
) -> None:
    """Keep the vault open for a while: until then no command of yours asks for the passphrase.

    Sessions that are under way go on. `portal lock` ends all of them.
    """
    seconds = int(duration(lasting))
    with context.client() as client:
        expires = client.slots.begin_session(seconds)
    if as_json:
        output.document({"expires": expires})
    diagnostics.note(f"The vault is open until {wording.moment(expires)}. `portal lock` ends that at once.")
