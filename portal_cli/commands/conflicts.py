"""`portal conflicts`: changes of yours that overlap with the portal's, and the decision between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, cards, context, diagnostics, listings, output, views
from portal_cli.choices import Format
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, YesOption, examples, scoped

if TYPE_CHECKING:
    from store.services.conflicts import Choice, ConflictDetail

app = typer.Typer(
    cls=ListingGroup,
    help="Changes that wait for your decision, as the portal made others; `list` is meant when nothing else is said.",
)

ConflictArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id of the conflict, or the end of it; its record will do, too.")
]


@app.command("list", epilog=examples("portal conflicts", "portal conflicts list --json"))
@scoped
def list_conflicts(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List the changes that wait for a decision; the exit code is 13 when there are any."""
    from store.errors import ConflictsWaiting

    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.conflicts.list(limit=how.limit)
        listings.show(client, found, views.CONFLICTS, how)
    if found.items:
        raise ConflictsWaiting(tuple(row.id for row in found.items))


@app.command(epilog=examples("portal conflicts show 7f3a"))
@scoped
def show(conflict: ConflictArgument, as_json: JsonOption = False) -> None:
    """Show both sides of one conflict, place by place."""
    with context.client() as client:
        found = client.conflicts.show(conflict)
    if as_json:
        _document(found)
        return
    output.text(cards.conflict(found.row))
    output.text("")
    output.rows(found.differences, views.DIFFERENCES, Format.TABLE)
    diagnostics.note(cards.ways_to_decide(found.row))


@app.command(
    epilog=examples(
        "portal conflicts resolve 7f3a --mine",
        "portal conflicts resolve 7f3a --theirs --yes",
        "portal conflicts resolve 7f3a --edit --file patient.json",
    )
)
@scoped
def resolve(
    conflict: ConflictArgument,
    mine: Annotated[bool, typer.Option("--mine", help="Keep your changes where both touch the same.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Give your changes up.")] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Write what it shall be.")] = False,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="With `--edit`: take it from a file, or from `-`.")
    ] = None,
    yes: YesOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would be, and send nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Decide a conflict: your version, the portal's, or one that you write."""
    choice = _choice(mine=mine, theirs=theirs, edit=edit, has_file=file is not None)
    with context.client() as client:
        found = client.conflicts.show(conflict)
        body = _written(found, file) if edit else None
        if dry_run:
            _preview(found, choice, body)
            return
        diagnostics.note(cards.conflict(found.row))
        question = "Give your changes up?" if theirs else "Send it?"
        action = f"deciding the conflict about {found.row.target}"
        if not acting.ask(client, found.row.portal, question, action, yes=yes):
            diagnostics.note("Nothing was done.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        row = client.conflicts.resolve(found.row.id, choice, body)
    if as_json:
        output.document(row)
    else:
        output.text(cards.request(row))
    diagnostics.note(cards.what_became_of(row))


def _choice(*, mine: bool, theirs: bool, edit: bool, has_file: bool) -> Choice:
    from portal_cli.problems import Misused
    from store.services.conflicts import Choice

    chosen = [choice for choice, is_meant in zip(Choice, (mine, theirs, edit), strict=True) if is_meant]
    if len(chosen) != 1:
        raise Misused("one of the ways to decide is needed, and no more", "Add `--mine`, `--theirs` or `--edit`.")
    if has_file and not edit:
        raise Misused("`--file` goes with `--edit` only", "Add `--edit`, or leave the file out.")
    return chosen[0]


def _written(found: ConflictDetail, file: str | None) -> bytes:
    from portal_cli import editing

    return editing.changed(found.proposed, file)


def _preview(found: ConflictDetail, choice: Choice, body: bytes | None) -> None:
    from portal_cli import json_text
    from store.services.conflicts import Choice

    if choice is Choice.THEIRS:
        output.text(cards.conflict(found.row))
    else:
        output.document(json_text.decode(found.proposed if body is None else body))
    diagnostics.note("Nothing was sent.")


def _document(found: ConflictDetail) -> None:
    from portal_cli import json_text

    proposed = json_text.decode(found.proposed)
    row = json_text.plain(found.row)
    output.document({**row, "differences": found.differences, "proposed": proposed})
