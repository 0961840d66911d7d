"""`portal messages`: list and read messages."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import cards, context, listings, output, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer(cls=ListingGroup, help="List and read messages; `list` is meant when neither is said.")


@app.command(
    "list",
    epilog=examples(
        "portal messages --unread",
        "portal messages list --json",
    ),
)
@scoped
def list_messages(
    unread: Annotated[bool, typer.Option("--unread", help="Only threads with an unread message.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List message threads, the one with the newest message first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.messages.list(unread=unread, limit=how.limit)
        listings.show(client, found, views.THREADS, how)


@app.command()
@scoped
def show(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Id of a thread, or of a message in it.")],
    as_json: JsonOption = False,
) -> None:
    """Read one thread, oldest message first."""
    with context.client() as client:
        found = client.messages.show(message)
    if as_json:
        output.document(found)
    else:
        output.text(cards.thread(found))
