"""`portal messages draft`: messages that are not sent yet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal_cli import context, diagnostics, letter_prompts, letters, listings, prompts, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, YesOption, examples, scoped

app = typer.Typer(cls=ListingGroup, help="Messages that are not sent yet; `list` is meant when nothing else is said.")

DraftArgument = Annotated[str, typer.Argument(metavar="DRAFT", help="Id of the draft, or the end of it.")]


@app.command("list", epilog=examples("portal messages draft", "portal messages draft list --json"))
@scoped
def list_drafts(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List drafts, the one written on last first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        listings.show(client, client.letters.drafts.list(how.limit), views.DRAFTS, how)


@app.command(epilog=examples("portal messages draft show 0c41"))
@scoped
def show(draft: DraftArgument, as_json: JsonOption = False) -> None:
    """Show a draft."""
    with context.client() as client:
        letters.tell_draft(client.letters.drafts.show(draft), as_json=as_json)


@app.command(
    epilog=examples("portal messages draft edit 0c41", "portal messages draft edit 0c41 --subject 'Sore knees'")
)
@scoped
def edit(
    draft: DraftArgument,
    subject: Annotated[str, typer.Option("--subject", help="Another subject.")] = "",
    body: Annotated[
        str | None, typer.Option("--body", metavar="TEXT", help="Other words; `-` reads them from stdin.")
    ] = None,
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", metavar="FILE", help="One more file; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change a draft; your editor opens when nothing is said."""
    from store.services.message_plans import Wording

    with context.client() as client:
        before = client.letters.drafts.show(draft)
        files = letters.files(attach)
        text = "" if body is None and (subject or files) else letter_prompts.body(body, str(before.text))
        found = client.letters.drafts.change(str(before.id), Wording(subject, "", text, files))
        letters.tell_draft(found, as_json=as_json)
    diagnostics.note("It stays a draft.")


@app.command(epilog=examples("portal messages draft send 0c41", "portal messages draft send 0c41 --yes --json"))
@scoped
def send(draft: DraftArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Send a draft."""
    with context.client() as client:
        found = client.letters.drafts.show(draft)
        if not yes:
            letters.ask(found, f"send a message for {found.patient}")
        letters.tell(client.letters.send_draft(str(found.id)), as_json=as_json)


@app.command(epilog=examples("portal messages draft delete 0c41 --yes"))
@scoped
def delete(draft: DraftArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Delete a draft."""
    with context.client() as client:
        found = client.letters.drafts.show(draft)
        if not yes and not prompts.confirm("Delete it?", f"deleting the draft {found.subject}"):
            diagnostics.note("Nothing was deleted.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        letters.tell_draft(client.letters.drafts.delete(str(found.id)), as_json=as_json)
    diagnostics.note("Deleted.")
