"""`portal records`: list, show, search and compare records of every kind."""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import Annotated

import typer

from portal_cli import accessible, cards, context, diagnostics, listings, output, progress, views
from portal_cli.choices import Format
from portal_cli.groups import ListingGroup
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
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer(
    cls=ListingGroup, help="List, show and search records of every kind; `list` is meant when nothing else is said."
)


class Step(StrEnum):
    """What a timeline puts together."""

    DAY = "day"
    MONTH = "month"


_UNRANKED = {
    "title": "those that are named so come first, then the newest",
    "date": "the newest come first",
}


class Order(StrEnum):
    """What comes first of what a search finds."""

    DATE = "date"
    RELEVANCE = "relevance"


RecordArgument = Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record, or `Type/id`.")]
AskOption = Annotated[bool, typer.Option("--history", help="Ask the portal for its own history of the record, too.")]


@app.command(
    "list",
    epilog=examples(
        "portal records list allergies conditions",
        "portal records list Immunization --json",
        "portal records list labs --since 2y --abnormal",
        "portal records list --between 2024..2025 --clinician Okafor",
        "portal records list --new",
    ),
)
@scoped
def list_records(
    kinds: KindsArgument = None,
    code: CodeOption = None,
    status: StatusOption = None,
    since: SinceOption = None,
    between: BetweenOption = None,
    clinician: ClinicianOption = None,
    abnormal: AbnormalOption = False,
    new: NewOption = False,
    after: Annotated[
        str | None, typer.Option("--after", metavar="RECORD", help="Go on after this record, the last of a page.")
    ] = None,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List records, newest first."""
    from store.services.wanted import Wanted

    how = listings.how(format_, as_json=as_json, limit=limit)
    wanted = Wanted(tuple(kinds or ()), code, tuple(status or ()), since, between, clinician, abnormal, new, after)
    with context.client() as client:
        found = client.records.list(wanted, limit=how.limit)
        listings.show(client, found, views.RECORDS, how)
    if new and found.is_cut:
        diagnostics.note("All of it stays new until all of it is shown.")


@app.command(epilog=examples("portal records show Condition/c1", "portal records show c1 --raw"))
@scoped
def show(
    record: RecordArgument,
    raw: Annotated[bool, typer.Option("--raw", help="Print the FHIR resource as the portal served it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one record in full, with the text of its documents; with --json also the FHIR resource."""
    with context.client() as client:
        found = client.records.show(record)
        name = f"{found.row.type}/{found.row.id}"
        attached = client.attachments.list(name) if not raw else ()
        documents = client.documents.read(name, attached) if not raw else ()
    from portal_cli import document_text, json_text, record_texts

    fhir = json_text.decode(found.fhir) if raw or as_json else None
    if raw:
        output.document(fhir)
    elif as_json:
        told = document_text.sections(documents)
        output.document(
            {"row": found.row, "detail": found.detail, "attachments": attached, "documents": told, "fhir": fhir}
        )
    elif accessible.is_on():
        output.text(record_texts.spoken(found, attached, has_documents=bool(documents)))
        document_text.show(documents, found.row.id, is_spoken=True)
    else:
        output.drawn(record_texts.record(found, attached, width=output.width(), has_documents=bool(documents)))
        document_text.show(documents, found.row.id, is_spoken=False)


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


@app.command(
    epilog=examples("portal records timeline --since 1y", "portal records timeline labs visits --by day --limit 50")
)
@scoped
def timeline(
    kinds: KindsArgument = None,
    by: Annotated[Step, typer.Option("--by", help="What the records are put together by.")] = Step.MONTH,
    since: SinceOption = None,
    between: BetweenOption = None,
    clinician: ClinicianOption = None,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """Show records of all kinds by the day or month that they are of, newest first."""
    from portal_cli import record_texts
    from store.services import timelines
    from store.services.wanted import Wanted

    how = listings.how(format_, as_json=as_json, limit=limit)
    wanted = Wanted(tuple(kinds or ()), since=since, between=between, clinician=clinician)
    with context.client() as client:
        found = client.records.list(wanted, limit=how.limit)
        if listings.wants_rows(how):
            listings.show(client, found, views.RECORDS, how)
            return
        has_patients = listings.has_patients(client)
    stretches = timelines.by_time(found.items, by_day=by is Step.DAY)
    if how.format is Format.JSON:
        output.document(stretches)
    elif accessible.is_on():
        output.text(record_texts.spoken_timeline(stretches, has_patients=has_patients))
    elif stretches:
        output.drawn(record_texts.timeline(stretches, output.width(), has_patients=has_patients))
    listings.tell_missing(found, "records")


@app.command(epilog=examples("portal records diff Condition/c1", "portal records diff c1 --from 1 --to 3 --history"))
@scoped
def diff(
    record: RecordArgument,
    from_: Annotated[str | None, typer.Option("--from", metavar="VERSION", help="The version before.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="The version after; the latest one.")
    ] = None,
    history: AskOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two versions of a record; the vault keeps twenty that were replaced by a sync."""
    from portal_cli import record_texts

    with context.client() as client:
        older, newer, changes = client.histories.difference(record, from_, to, ask=history)
    if as_json:
        told = [{"version": one.version, "updated": one.updated, "where": one.where} for one in (older, newer)]
        output.document({"before": told[0], "after": told[1], "changes": changes})
    else:
        output.drawn(record_texts.difference(older, newer, changes, output.width()))


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
        "portal records search '\"shortness of breath\" after:2024'",
        "portal records search kind:lab code:4548-4 after:2024",
        "portal records search chest pain --by relevance",
    )
)
@scoped
def search(
    words: Annotated[
        list[str], typer.Argument(metavar="WORD", help='Words, or how they begin; "phrases"; fields such as kind:lab.')
    ],
    by: Annotated[
        Order, typer.Option("--by", help="What comes first: the newest, or what is most about it.")
    ] = Order.DATE,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """Search all records, reports, notes and messages for words, newest first.

    Fields narrow a search: kind, code, status, after, before, portal and patient.
    """
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.records.search(" ".join(words), limit=how.limit, by_relevance=by is Order.RELEVANCE)
        listings.show(client, found, views.HITS, how)
    if by is Order.RELEVANCE and (order := _UNRANKED.get(found.ranking)):
        diagnostics.note(f"This stands in too many records to rank them: {order}.")
    for question in found.suggestions:
        diagnostics.note(f"Did you mean: portal records search {shlex.quote(question)}")
