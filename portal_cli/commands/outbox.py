"""`portal outbox`: what was asked for and where it stands; send again, change or give up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, cards, context, diagnostics, listings, output, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, YesOption, examples, scoped

if TYPE_CHECKING:
    from store.client import Client
    from store.services.outbox_rows import OutboxDetail, OutboxRow

app = typer.Typer(
    cls=ListingGroup, help="What you asked for, and where it stands; `list` is meant when nothing else is said."
)

RequestArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the request, or the end of it.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
FileOption = Annotated[
    str | None, typer.Option("--file", metavar="FILE", help="Take the text from a file, or from stdin with `-`.")
]
_SURE = {
    "unknown": "The portal may have it already. Send it again?",
    "sending": "The portal may have it already. Send it again?",
    "draft": "Send it?",
}


@app.command(
    "list",
    epilog=examples(
        "portal outbox",
        "portal outbox list --waiting --json",
    ),
)
@scoped
def list_requests(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what is not settled yet.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List what was asked for, newest first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.outbox.list(waiting=waiting, limit=how.limit)
        listings.show(client, found, views.OUTBOX, how)
    lost = sum(row.state == "unknown" for row in found.items)
    if lost:
        diagnostics.note(cards.lost_answers(lost))


@app.command()
@scoped
def show(request: RequestArgument, as_json: JsonOption = False) -> None:
    """Show one request: where it stands, what can be done with it, and the very text of it."""
    with context.client() as client:
        _show(client.outbox.show(request), as_json=as_json)


@app.command(epilog=examples("portal outbox retry 0c41", "portal outbox retry 0c41 --yes --json"))
@scoped
def retry(
    request: RequestArgument, yes: YesOption = False, dry_run: DryRunOption = False, as_json: JsonOption = False
) -> None:
    """Send a request now. One whose answer was lost is looked up first, and may be asked for twice."""
    with context.client() as client:
        found = client.outbox.check(request, "retry")
        if dry_run:
            _show(found, as_json=as_json)
            diagnostics.note("Nothing was sent.")
            return
        _ask(client, found, _SURE.get(found.row.state, "Send it now?"), f"sending {found.row.title} again", yes=yes)
        _tell(client.outbox.retry(found.row.id), as_json=as_json)


@app.command(epilog=examples("portal outbox cancel 0c41"))
@scoped
def cancel(
    request: RequestArgument, yes: YesOption = False, dry_run: DryRunOption = False, as_json: JsonOption = False
) -> None:
    """Give a request up. One whose answer was lost may have reached the portal all the same."""
    with context.client() as client:
        found = client.outbox.check(request, "cancel")
        if dry_run:
            _show(found, as_json=as_json)
            diagnostics.note("Nothing was cancelled.")
            return
        _ask(client, found, "Give it up?", f"cancelling {found.row.title}", yes=yes)
        _tell(client.outbox.cancel(found.row.id), as_json=as_json)


@app.command(epilog=examples("portal outbox edit 0c41", "portal outbox edit 0c41 --file request.json --yes"))
@scoped
def edit(
    request: RequestArgument,
    file: FileOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Change the text of a request that has not been sent, or was refused, and send it."""
    from portal_cli import editing

    with context.client() as client:
        before = client.outbox.check(request, "edit")
        body = editing.changed(before.fhir, file)
        found = client.outbox.check_edit(before.row.id, body)
        if dry_run:
            _show(found, as_json=as_json)
            diagnostics.note("Nothing was changed.")
            return
        _ask(
            client,
            found,
            "Keep it?" if found.row.state == "draft" else "Send it?",
            f"changing {found.row.title}",
            yes=yes,
        )
        _tell(client.outbox.edit(before.row.id, body), as_json=as_json)


def _ask(client: Client, found: OutboxDetail, question: str, action: str, *, yes: bool) -> None:
    diagnostics.note(cards.request(found.row))
    if not acting.ask(client, found.row.portal, question, action, yes=yes):
        diagnostics.note("Nothing was done.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)


def _show(found: OutboxDetail, *, as_json: bool) -> None:
    from portal_cli import json_text

    body = json_text.decode(found.fhir)
    if as_json:
        output.document({**json_text.plain(found.row), "fhir": body})
    else:
        output.text(f"{cards.request(found.row)}\n\n{json_text.encode(body, 2)}")


def _tell(row: OutboxRow, *, as_json: bool) -> None:
    if as_json:
        output.document(row)
    else:
        output.text(cards.request(row))
    diagnostics.note(cards.what_became_of(row))
