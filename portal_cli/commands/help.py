"""`portal help`: the help of a command, and what concerns all of them."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import output, topics
from portal_cli.options import examples

app = typer.Typer()


@app.command("help", epilog=examples("portal help scripting", "portal help exit-codes", "portal help refill"))
def help_(
    topic: Annotated[
        list[str] | None, typer.Argument(metavar="TOPIC", help="A command, or one of the topics that are listed.")
    ] = None,
) -> None:
    """Show the help of a command, or a topic that concerns all of them."""
    output.text(topics.text(topic or []))
