"""`portal records`: list, show and search records of every kind."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import cards, context, diagnostics, listings, output, progress, views
from portal_cli.groups import ListingGroup
from portal_cli.options import AccessibleOption, FormatOption, JsonOption, LimitOption, examples, is_accessible, scoped

app = typer.Typer(
    cls=ListingGroup, help="List, show and search records of every kind; `list` is meant when nothing else is said."
)


@app.command(
    "list",
    epilog=examples(
        "portal records list allergies conditions",
        "portal records list Immunization --json",
    ),
)
@scoped
def list_records(
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="KIND", help="A noun such as `allergies`, or a FHIR type.")
    ] = None,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List records, newest first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.records.list(tuple(kinds or ()), limit=how.limit)
        listings.show(client, found, views.RECORDS, how)


@app.command(epilog=examples("portal records show DocumentReference/d1", "portal records show d1 --raw"))
@scoped
def show(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record, or `Type/id`.")],
    raw: Annotated[bool, typer.Option("--raw", help="Print the FHIR resource as the portal served it.")] = False,
    as_json: JsonOption = False,
    accessible: AccessibleOption = False,
) -> None:
    """Show one record in full, with the text of its documents; with --json also the FHIR resource."""
    with context.client() as client:
        found = client.records.show(record)
        name = f"{found.row.type}/{found.row.id}"
        attached = client.attachments.list(name) if not raw else ()
        documents = client.documents.read(name, attached) if not raw else ()
    from portal_cli import document_text, json_text

    fhir = json_text.decode(found.fhir) if raw or as_json else None
    if raw:
        output.document(fhir)
    elif as_json:
        told = document_text.sections(documents)
        output.document(
            {"row": found.row, "detail": found.detail, "attachments": attached, "documents": told, "fhir": fhir}
        )
    else:
        output.text(cards.record(found, attached, has_documents=bool(documents)))
        document_text.show(documents, found.row.id, is_spoken=is_accessible(asked=accessible))


RecordArgument = Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record, or `Type/id`.")]
NumberOption = Annotated[
    int | None, typer.Option("--number", min=1, help="Which of its attachments, as `portal records show` numbers them.")
]


@app.command("open", epilog=examples("portal records open DocumentReference/d1", "portal records open d1 --number 2"))
@scoped
def open_(record: RecordArgument, number: NumberOption = None) -> None:
    """Show a document of a record in the viewer of this system; its file is removed after."""
    import os

    from portal_cli import viewer
    from store.services import placing

    viewer.check()
    with context.client() as client:
        client.unlock()
        client.documents.fetch_missing(record, number or 1)
        (file,) = client.documents.files(record, number or 1)
        with placing.for_viewer(file.name, file.parts, os.environ) as handed:
            where = "in memory only" if handed.in_memory else "on disk, since there is no folder in memory here"
            diagnostics.note(f"{handed.path} is there for the viewer, {where}, and is removed after.")
            viewer.show(handed.path)
    diagnostics.note("The file is removed.")


@app.command(
    epilog=examples(
        "portal records download DocumentReference/d1",
        "portal records download d1 --output letters/",
        "portal records download d1 --number 2 --output letter.pdf",
    )
)
@scoped
def download(
    record: RecordArgument,
    target: Annotated[
        str, typer.Option("--output", "-o", metavar="PATH", help="A folder, or a file for one document.")
    ] = ".",
    number: NumberOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Keep the documents of a record as files; they are not encrypted there."""
    from portal_cli import keeping

    if not target:
        raise typer.BadParameter("--output needs a folder or a file")
    with context.client() as client:
        client.unlock()
        client.documents.fetch_missing(record, number)
        kept = keeping.keep(client.documents.files(record, number), target, force=force)
    if as_json:
        output.document({"files": kept})
    else:
        for path in kept:
            output.text(path)
    diagnostics.note("They are not encrypted there.")


@app.command(epilog=examples("portal records fetch DocumentReference/d1", "portal records fetch d1 --again"))
@scoped
def fetch(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record, or `Type/id`.")],
    again: Annotated[bool, typer.Option("--again", help="Fetch also what is in the vault already.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch the attachments of one record into the vault: documents, pictures and the like."""
    from store.errors import PartlyDone

    with context.client() as client:
        client.unlock()
        with progress.shown() as on_event:
            report = client.attachments.fetch(record, again=again, on_event=on_event)
        attached = client.attachments.list(record)
    if as_json:
        output.document(
            {"fetched": report.fetched, "size": report.size, "failures": report.failures, "attachments": attached}
        )
    else:
        output.text(cards.fetched(report, attached))
    if report.failures:
        raise PartlyDone("some attachments were fetched", report.failures)


@app.command(
    epilog=examples(
        "portal records search penicillin",
        "portal records search blood pressure --limit 5",
    )
)
@scoped
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="Words, or how they begin.")],
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """Search all records for words, newest first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.records.search(" ".join(words), limit=how.limit)
        listings.show(client, found, views.RECORDS, how)
