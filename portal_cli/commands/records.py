"""`portal records`: list, show and search records of every kind."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import cards, context, listings, output, progress, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

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


@app.command()
@scoped
def show(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record, or `Type/id`.")],
    as_json: JsonOption = False,
) -> None:
    """Show one record in full; with --json also the FHIR resource as the portal served it."""
    with context.client() as client:
        found = client.records.show(record)
        attached = client.attachments.list(f"{found.row.type}/{found.row.id}")
    if as_json:
        from portal_cli import json_text

        fhir = json_text.decode(found.fhir)
        output.document({"row": found.row, "detail": found.detail, "attachments": attached, "fhir": fhir})
    else:
        output.text(cards.record(found, attached))


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
