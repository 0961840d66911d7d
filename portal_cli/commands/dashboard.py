"""`portal dashboard`: the full-screen face."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import full_screen
from portal_cli.options import examples, scoped

app = typer.Typer()


@app.command(epilog=examples("portal dashboard", "portal dashboard --no-mouse", "portal dashboard --web"))
@scoped
def dashboard(
    web: Annotated[
        bool, typer.Option("--web", help="Show it in a browser on this computer, at an address that opens once.")
    ] = False,
    port: Annotated[int, typer.Option(help="The port of --web; 0 is any free one.", min=0, max=65535)] = 0,
    no_mouse: Annotated[bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal.")] = False,
) -> None:
    """Open the full-screen dashboard, for reading and writing at length; where there is no vault, it makes one."""
    if web:
        from portal_cli import serving

        full_screen.tell_of_listening()
        serving.serve(port, full_screen.SERVED)
    else:
        full_screen.show(mouse=not no_mouse)
