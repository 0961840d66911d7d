"""`portal messages`: list, read, write and answer messages."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from portal_cli import (
    acting,
    context,
    diagnostics,
    letter_cards,
    letter_prompts,
    letter_views,
    letters,
    listings,
    output,
    prompts,
    views,
)
from portal_cli.groups import ListingGroup
from portal_cli.letters import Sending
from portal_cli.options import DryRunOption, FormatOption, JsonOption, LimitOption, YesOption, examples, scoped

app = typer.Typer(
    cls=ListingGroup, help="List, read, write and answer messages; `list` is meant when nothing else is said."
)
drafts = typer.Typer(
    cls=ListingGroup, help="Messages that are not sent yet; `list` is meant when nothing else is said."
)
app.add_typer(drafts, name="draft")


class Category(StrEnum):
    """What a message can be about."""

    MEDICAL_QUESTION = "medical-question"
    TEST_RESULT = "test-result"
    REFILL_REQUEST = "refill-request"
    APPOINTMENT = "appointment"
    BILLING = "billing"
    OTHER = "other"


MessageArgument = Annotated[str, typer.Argument(metavar="MESSAGE", help="Id of a thread, or of a message in it.")]
ToOption = Annotated[
    list[str] | None, typer.Option("--to", metavar="NAME", help="To whom: the name, or a part of it; may be repeated.")
]
SubjectOption = Annotated[str, typer.Option("--subject", help="What it is about.")]
BodyOption = Annotated[
    str | None,
    typer.Option("--body", metavar="TEXT", help="The words; `-` reads them from stdin. Without it, your editor opens."),
]
CategoryOption = Annotated[Category | None, typer.Option("--category", help="What kind of message it is.")]
AttachOption = Annotated[
    list[Path] | None,
    typer.Option("--attach", metavar="FILE", help="A picture, PDF or text of up to 5 MB; may be repeated."),
]
DraftArgument = Annotated[str, typer.Argument(metavar="DRAFT", help="Id of the draft, or the end of it.")]
DraftOption = Annotated[bool, typer.Option("--draft", help="Keep it as a draft, and send nothing.")]


@app.command(
    "list",
    epilog=examples(
        "portal messages --unread",
        "portal messages list --json",
        "portal messages list --archived",
    ),
)
@scoped
def list_messages(
    unread: Annotated[bool, typer.Option("--unread", help="Only threads with an unread message.")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="Those that you have put away.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List message threads, the one with the newest message first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.messages.list(unread=unread, archived=archived, limit=how.limit)
        listings.show(client, found, views.THREADS, how)


@app.command(epilog=examples("portal messages show 3f2a", "portal messages show 3f2a --json"))
@scoped
def show(message: MessageArgument, as_json: JsonOption = False) -> None:
    """Read one thread, oldest message first. The practice learns with the next sync that you have read it."""
    with context.client() as client:
        found = client.messages.show(message)
    if as_json:
        output.document(found)
    else:
        output.text(letter_cards.thread(found))


@app.command(epilog=examples("portal messages search knee", "portal messages search 'side effects' --json"))
@scoped
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words that all stand in the thread.")],
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List the threads in which words stand, those that you have put away as well."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.messages.search(text, how.limit)
        listings.show(client, found, views.THREADS, how)


@app.command(epilog=examples("portal messages read 3f2a"))
@scoped
def read(message: MessageArgument, as_json: JsonOption = False) -> None:
    """Mark a thread as read, and tell the practice so, where it wants to know."""
    with context.client() as client:
        found = client.messages.read(message)
    if as_json:
        output.document(found)
    diagnostics.note("Marked as read.")


@app.command(epilog=examples("portal messages archive 3f2a", "portal messages archive 3f2a --undo"))
@scoped
def archive(
    message: MessageArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Take it out again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a thread away on this computer, until its next message."""
    with context.client() as client:
        found = client.messages.archive(message, undo=undo)
    if as_json:
        output.document(found)
    diagnostics.note("It is listed again." if undo else "Put away; `portal messages list --archived` lists it.")


@app.command(epilog=examples("portal messages recipients", "portal messages recipients --json"))
@scoped
def recipients(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List whom you can write to, your care team first."""
    from store.services.values import Listing

    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.letters.recipients()
        listings.show(client, Listing(found.items[: how.limit], found.total), letter_views.RECIPIENTS, how)


@app.command(
    epilog=examples(
        "portal messages send --to Okafor --subject 'Sore knee'",
        "portal messages send --to Okafor --subject Rash --body 'Since Monday.' --attach rash.jpg --yes",
        "portal messages send --to Okafor --subject Cough --body - --dry-run --json < cough.txt",
    )
)
@scoped
def send(
    to: ToOption = None,
    subject: SubjectOption = "",
    body: BodyOption = None,
    category: CategoryOption = None,
    attach: AttachOption = None,
    draft: DraftOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write to your care team. What you typed is kept as a draft until it is sent."""
    with context.client() as client:
        client.letters.check()
        files = letters.files(attach)
        beginning = client.letters.begin(letter_prompts.whom(client, to or ()))
        typed = letters.Typed(subject, body, category or "", files)
        letters.compose(client, beginning, typed, Sending(yes, dry_run, as_json, draft))


@app.command(
    epilog=examples(
        "portal messages reply 3f2a",
        "portal messages reply 3f2a --body 'Thank you.' --yes",
    )
)
@scoped
def reply(
    message: MessageArgument,
    body: BodyOption = None,
    category: CategoryOption = None,
    attach: AttachOption = None,
    draft: DraftOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer the last message of a thread. What you typed is kept as a draft until it is sent."""
    with context.client() as client:
        beginning = client.letters.begin_reply(message)
        files = letters.files(attach)
        typed = letters.Typed("", body, category or "", files)
        letters.compose(client, beginning, typed, Sending(yes, dry_run, as_json, draft))


@drafts.command("list", epilog=examples("portal messages draft", "portal messages draft list --json"))
@scoped
def list_drafts(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List drafts, the one written on last first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        letters.recover(client)
        listings.show(client, client.letters.drafts.list(how.limit), letter_views.DRAFTS, how)


@drafts.command("show", epilog=examples("portal messages draft show 0c41"))
@scoped
def show_draft(draft: DraftArgument, as_json: JsonOption = False) -> None:
    """Show a draft."""
    with context.client() as client:
        letters.recover(client)
        letters.tell_draft(client.letters.drafts.show(draft), as_json=as_json)


@drafts.command(
    "edit", epilog=examples("portal messages draft edit 0c41", "portal messages draft edit 0c41 --subject 'Sore knees'")
)
@scoped
def edit_draft(
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
        letters.recover(client)
        before = client.letters.drafts.show(draft)
        files = letters.files(attach)
        text = "" if body is None and (subject or files) else letters.edit(client, before, body)
        letters.tell_draft(letters.change(client, before, Wording(subject, "", text, files)), as_json=as_json)
    diagnostics.note("It stays a draft.")


@drafts.command(
    "send", epilog=examples("portal messages draft send 0c41", "portal messages draft send 0c41 --yes --json")
)
@scoped
def send_draft(draft: DraftArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Send a draft."""
    with context.client() as client:
        letters.recover(client)
        found = client.letters.drafts.show(draft)
        action = f"send a message for {found.patient}"
        if yes:
            acting.ask(client, found.portal, "Send this?", action, yes=True)
        else:
            letters.ask(client, found, action, has_dry_run=False)
        letters.tell(client.letters.send_draft(str(found.id)), as_json=as_json)


@drafts.command("delete", epilog=examples("portal messages draft delete 0c41 --yes"))
@scoped
def delete_draft(draft: DraftArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Delete a draft."""
    with context.client() as client:
        found = client.letters.drafts.show(draft)
        if not yes and not prompts.confirm("Delete it?", f"deleting the draft {found.subject}"):
            diagnostics.note("Nothing was deleted.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        letters.tell_draft(client.letters.drafts.delete(str(found.id)), as_json=as_json)
    diagnostics.note("Deleted.")
