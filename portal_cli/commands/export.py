"""`portal export`: take records out of the vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, output
from portal_cli.narrowing import (
    AbnormalOption,
    BetweenOption,
    ClinicianOption,
    CodeOption,
    KindsArgument,
    NewOption,
    SinceOption,
    StatusOption,
)
from portal_cli.options import JsonOption, examples, scoped

if TYPE_CHECKING:
    from store.client import Client
    from store.services.export_orders import ExportSummary, Order, Seal

app = typer.Typer()

_STDOUT = "-"


FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help="bundle (FHIR, lossless), ndjson (FHIR, one a line), json, csv, parquet, ips (patient summary), ical, "
        "html, markdown or pdf.",
    ),
]
OutputOption = Annotated[
    str, typer.Option("--output", "-o", metavar="PATH", help="A file, a folder (ends with `/`), or `-` for stdout.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]
EncryptOption = Annotated[
    list[str] | None,
    typer.Option(
        "--encrypt",
        metavar="age1…|passphrase",
        help="Encrypt with age: for these recipients, or `passphrase` to be asked for one.",
    ),
]
RedactOption = Annotated[
    list[str] | None,
    typer.Option("--redact", metavar="PARTS", help="Leave out names, contacts or notes; several with commas."),
]
SeriesOption = Annotated[
    str | None,
    typer.Option("--since-last", metavar="NAME", help="Only what is new since the export before of this name."),
]
DetailsOption = Annotated[
    bool, typer.Option("--with-details", help="ical: also what an appointment is about, with whom and where.")
]


@app.command(
    epilog=examples(
        "portal export --output chart.json",
        "portal export labs --since 2y --format csv --output labs.csv",
        "portal export --format ndjson --output chart/",
        "portal export --format ips --output summary.json --encrypt age1…",
        "portal export --format html --redact contacts --output chart.html",
        "portal export --format parquet --output chart/ --since-last weekly --force",
    )
)
@scoped
def export(
    kinds: KindsArgument = None,
    format_: FormatOption = "bundle",
    target: OutputOption = _STDOUT,
    force: ForceOption = False,
    code: CodeOption = None,
    status: StatusOption = None,
    since: SinceOption = None,
    between: BetweenOption = None,
    clinician: ClinicianOption = None,
    abnormal: AbnormalOption = False,
    new: NewOption = False,
    encrypt: EncryptOption = None,
    redact: RedactOption = None,
    since_last: SeriesOption = None,
    with_details: DetailsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take records out of the vault: to move them, to carry on with them, to read, print or hand them over.

    Beside a file, or in a folder, a manifest has the counts and SHA-256 hashes.
    """
    from store.services.export_orders import Order, parts
    from store.services.wanted import Wanted

    if not target:
        raise typer.BadParameter("--output needs a file, a folder or `-`")
    if as_json and target == _STDOUT:
        raise typer.BadParameter("--json tells of files: name one with --output")
    wanted = Wanted(tuple(kinds or ()), code, tuple(status or ()), since, between, clinician, abnormal, new)
    with context.client() as client:
        seal = _seal(client, encrypt or [])
        _write(
            client, Order(format_, wanted, parts(redact or ()), seal, since_last, with_details), target, force, as_json
        )


def _write(client: Client, order: Order, target: str, force: bool, as_json: bool) -> None:
    if target == _STDOUT:
        with output.stream() as stream:
            client.exports.to_stream(order, stream, for_terminal=output.is_terminal())
        return
    path = Path(target).expanduser()
    as_folder = target.endswith("/") or path.is_dir()
    summary = client.exports.to_path(order, path, as_folder=as_folder, replace=force)
    _tell(summary, order, path, as_json=as_json, as_folder=as_folder)


def _seal(client: Client, typed: list[str]) -> Seal | None:
    from portal_cli import prompts
    from store.services import sealing

    asks = prompts.export_passphrase if prompts.has_terminal() else None
    return sealing.seal(client.settings, typed, asks) if typed else None


def _tell(summary: ExportSummary, order: Order, path: Path, *, as_json: bool, as_folder: bool) -> None:
    from portal_cli.wording import counted
    from store.records.text import one_line

    if as_json:
        files = [
            {"path": part.path, "only": part.only, "records": part.records, "bytes": part.size, "sha256": part.sha256}
            for part in summary.parts
        ]
        told = {"format": summary.format, "records": summary.records, "without_place": summary.without_place}
        output.document({**told, "files": files, "manifest": summary.manifest, "deleted": summary.deleted})
    where = one_line(str(path)) + (f" ({counted(len(summary.files), 'file')})" if as_folder else "")
    encrypted = "They are encrypted." if order.seal else "They are not encrypted there."
    diagnostics.note(f"Wrote {counted(summary.records, 'record')} to {where}. {encrypted}")
    if summary.without_place:
        diagnostics.note(f"{counted(summary.without_place, 'record')} had no place in it.")
    if summary.deleted:
        gone = counted(len(summary.deleted), "record")
        diagnostics.note(f"{gone} gone from the portal since then: the manifest names what to delete.")
