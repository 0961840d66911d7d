"""`portal audit`: who did what with your records, and when."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from portal_cli import context, diagnostics, listings, output, views
from portal_cli.choices import Format
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer(
    cls=ListingGroup, help="See who did what with your records, and when; `list` is meant when nothing else is said."
)


class ExportFormat(StrEnum):
    """How the whole trail is written."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


@app.command("list", epilog=examples("portal audit", "portal audit list --action unlock --limit 10"))
@scoped
def list_lines(
    action: Annotated[str, typer.Option(help="Only lines of this action, such as read, export or unlock.")] = "",
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List the lines of the audit trail, newest first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client(tells_shown=False) as client:
        listings.show(
            client, client.audit.list(action, limit=how.limit, subjects=client.audit.meant()), views.AUDIT, how
        )


@app.command(epilog=examples("portal audit verify", "portal audit verify --head 120:9f2c…"))
def verify(
    head: Annotated[
        str | None, typer.Option(metavar="NUMBER:HEX", help="A head that you kept elsewhere; it must still be there.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make sure that no line was changed, moved, removed or cut off; with a head that you kept, against that too."""
    with context.client(tells_shown=False) as client:
        found = client.audit.verify(head)
    if as_json:
        output.document(found)
        return
    output.text(f"{found.lines} lines, each as it was written.\nHead: {found.head}")
    if found.salvaged:
        diagnostics.note(f"Lines up to {found.salvaged} were saved from a damaged vault and cannot be verified.")


@app.command(epilog=examples("portal audit export > audit.json", "portal audit export --format csv"))
def export(
    format_: Annotated[ExportFormat, typer.Option("--format", help="How to write it.")] = ExportFormat.JSON,
) -> None:
    """Write the whole trail to stdout, oldest line first, and its head to keep elsewhere.

    Only a head that lies elsewhere can show that somebody with your passphrase, or with an older copy of your vault,
    has put another trail in its place.
    """
    with context.client(tells_shown=False) as client:
        rows, head = client.audit.export()
    if format_ is ExportFormat.JSON:
        output.document({"head": head, "lines": rows})
    else:
        output.rows(rows, views.AUDIT, Format(format_.value))
    diagnostics.note(f"Head of the trail, to keep elsewhere: {head}")
