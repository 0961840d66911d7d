"""`portal records`: list, show, search and compare records of every kind."""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import Annotated

import typer

from portal_cli import accessible, cards, context, diagnostics, listings, output, progress, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, examples, scoped

app = typer.Typer(
    cls=ListingGroup, help="List, show and search records of every kind; `list` is meant when nothing else is said."
)


class Step(StrEnum):
    """What a timeline puts together."""

    DAY = "day"
    MONTH = "month"


class Order(StrEnum):
    """What comes first of what a search finds."""

    DATE = "date"
    RELEVANCE = "relevance"


CodeOption = Annotated[
    str | None, typer.Option("--code", metavar="CODE", help="Only those with this code, such as 4548-4.")
]
StatusOption = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS", help="Only in this status; may be said more than once."),
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only since then: `30d`, `6w`, `18m`, `2y`, or a date.")
]
BetweenOption = Annotated[
    str | None, typer.Option("--between", metavar="A..B", help="Only of these days, months or years, both included.")
]
ClinicianOption = Annotated[
    str | None, typer.Option("--clinician", metavar="NAME", help="Only those that name this clinician or practice.")
]
AbnormalOption = Annotated[bool, typer.Option("--abnormal", help="Only results that are out of range.")]
NewOption = Annotated[bool, typer.Option("--new", help="Only what came or changed since it was last looked at so.")]
KindsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="KIND", help="A noun such as `allergies`, or a FHIR type.")
]
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
    """Show one record in full; with --json also the FHIR resource as the portal served it."""
    from portal_cli import json_text, record_texts

    with context.client() as client:
        found = client.records.show(record)
        attached = () if raw else client.attachments.list(f"{found.row.type}/{found.row.id}")
    if raw or as_json:
        fhir = json_text.decode(found.fhir)
        whole = {"row": found.row, "detail": found.detail, "attachments": attached, "fhir": fhir}
        output.document(fhir if raw else whole)
    elif accessible.is_on():
        output.text(record_texts.spoken(found, attached))
    else:
        output.drawn(record_texts.record(found, attached, width=output.width()))


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
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """Show records of all kinds by the day or month that they are of, newest first."""
    from portal_cli import record_texts
    from store.services import timelines
    from store.services.wanted import Wanted

    how = listings.how(None, as_json=as_json, limit=limit)
    wanted = Wanted(tuple(kinds or ()), since=since, between=between, clinician=clinician)
    with context.client() as client:
        found = client.records.list(wanted, limit=how.limit)
    stretches = timelines.by_time(found.items, by_day=by is Step.DAY)
    if as_json:
        output.document(stretches)
    elif accessible.is_on():
        output.text(record_texts.spoken_timeline(stretches))
    elif stretches:
        output.drawn(record_texts.timeline(stretches, output.width()))
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
    if found.among is not None:
        diagnostics.note(f"There are many: only the {found.among} that came into the vault last were looked at.")
    for question in found.suggestions:
        diagnostics.note(f"Did you mean: portal records search {shlex.quote(question)}")
