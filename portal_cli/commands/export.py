"""`portal export`: take records out of the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal_cli import context, diagnostics, output
from portal_cli.options import examples, scoped

app = typer.Typer()

_STDOUT = "-"


@app.command(
    epilog=examples(
        "portal export --output chart.json",
        "portal export labs --format csv --output labs.csv",
        "portal export --format ndjson --output chart/",
    )
)
@scoped
def export(
    kinds: Annotated[
        list[str] | None,
        typer.Argument(metavar="KIND", help="A noun such as `labs`, or a FHIR type; all without."),
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="json (a FHIR Bundle), ndjson or csv.")] = "json",
    target: Annotated[
        str,
        typer.Option("--output", "-o", metavar="PATH", help="A file, a folder (ends with `/`), or `-` for stdout."),
    ] = _STDOUT,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Take records out of the vault, as they were served or as a spreadsheet; what is written is not encrypted."""
    if not target:
        raise typer.BadParameter("--output needs a file, a folder or `-`")
    chosen = tuple(kinds or ())
    with context.client() as client:
        if target == _STDOUT:
            with output.stream() as stream:
                client.exports.to_stream(format_, stream, chosen, for_terminal=output.is_terminal())
            return
        path = Path(target).expanduser()
        as_folder = target.endswith("/") or path.is_dir()
        summary = client.exports.to_path(format_, path, chosen, as_folder=as_folder, replace=force)
    from portal_cli.wording import counted
    from store.records.text import one_line

    where = one_line(str(path)) + (f" ({counted(len(summary.files), 'file')})" if as_folder else "")
    diagnostics.note(f"Wrote {counted(summary.records, 'record')} to {where}. They are not encrypted there.")
