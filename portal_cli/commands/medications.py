"""`portal medications`: the medication list, and the medicines that the patient reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, context, diagnostics, listings, output, prompts, views_of_medicines
from portal_cli import cards_of_medicines as cards
from portal_cli.groups import ListingGroup
from portal_cli.options import (
    DryRunOption,
    FormatOption,
    JsonOption,
    LimitOption,
    NoteOption,
    YesOption,
    examples,
    scoped,
)

if TYPE_CHECKING:
    from store.client import Client
    from store.services.own_medicines import MedicinePlan

app = typer.Typer(
    cls=ListingGroup,
    help="List medications, and report those that you take by yourself; `list` is meant when nothing else is said.",
)
MedicineArgument = Annotated[
    str, typer.Argument(metavar="MEDICINE", help="Its name, a part of the name, or its id; one that you reported.")
]
DirectionsOption = Annotated[
    str | None, typer.Option("--directions", metavar="WORDS", help="How you take it, such as `1 tablet at bedtime`.")
]
AsNeededOption = Annotated[
    bool | None, typer.Option("--as-needed/--regularly", help="Whether you take it only when you need it.")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Since when: 2026-01-31, 2026-01 or 2026.")
]
CodeOption = Annotated[str | None, typer.Option("--code", metavar="RXNORM", help="Its RxNorm code, if you know it.")]
ForOption = Annotated[str | None, typer.Option("--for", metavar="WORDS", help="What you take it for.")]


@app.command(
    "list",
    epilog=examples(
        "portal medications",
        "portal medications --all --format csv",
    ),
)
@scoped
def list_medications(
    include_past: Annotated[
        bool, typer.Option("--all", help="Past medications too, and those of every portal and patient.")
    ] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List current medications, newest first: prescribed, dispensed and reported in one list."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        found = client.medications.list(include_past=include_past, limit=how.limit)
        listings.show(client, found, views_of_medicines.MEDICATIONS, how)
    folded = sum(len(item.folded) for item in found.items)
    if folded and how.is_drawn:
        diagnostics.note(
            f"{folded} more {'entry' if folded == 1 else 'entries'} of the same medicines, by RxNorm and with the same "
            "directions, named under ALSO."
        )


@app.command(
    epilog=examples(
        'portal medications add "Vitamin D3 1,000 units" --directions "1 softgel a day" --since 2026-01',
        "portal medications add Ibuprofen --as-needed --for headache --dry-run --json",
    )
)
@scoped
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called, with its strength.")],
    directions: DirectionsOption = None,
    as_needed: AsNeededOption = None,
    since: SinceOption = None,
    code: CodeOption = None,
    for_: ForOption = None,
    note: NoteOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell the practice of a medicine that you take by yourself."""
    from store.records.medication_writes import OwnMedicine

    with context.client() as client:
        client.own_medicines.check_add()
        said = OwnMedicine(name, code, directions, as_needed, since, for_, _words(note))
        _send(client, client.own_medicines.add(said), yes=yes, dry_run=dry_run, as_json=as_json)


@app.command(epilog=examples('portal medications edit "vitamin d" --directions "2 softgels a day"'))
@scoped
def edit(
    medicine: MedicineArgument,
    name: Annotated[str | None, typer.Option("--name", help="What it is called, with its strength.")] = None,
    directions: DirectionsOption = None,
    as_needed: AsNeededOption = None,
    since: SinceOption = None,
    code: CodeOption = None,
    for_: ForOption = None,
    note: NoteOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Change what you reported of a medicine; all else of it stays as it is."""
    from store.records.medication_writes import OwnMedicine

    with context.client() as client:
        said = OwnMedicine(name, code, directions, as_needed, since, for_, _words(note))
        _send(client, client.own_medicines.edit(medicine, said), yes=yes, dry_run=dry_run, as_json=as_json)


@app.command(
    epilog=examples(
        'portal medications stop "vitamin d"',
        'portal medications stop ibuprofen --on 2026-11-20 --reason "stomach ache"',
        "portal medications stop 3f2a --mistake",
    )
)
@scoped
def stop(
    medicine: MedicineArgument,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="The last day that you took it; today if not said.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; the practice reads it.")] = "",
    mistake: Annotated[bool, typer.Option("--mistake", help="You never took it: withdraw what you reported.")] = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell the practice that you do not take a medicine any more that you reported."""
    if on and mistake:
        raise typer.BadParameter("--on and --mistake cannot both be had")
    with context.client() as client:
        own = client.own_medicines
        plan = own.withdraw(medicine, reason) if mistake else own.stop(medicine, on, reason)
        _send(client, plan, yes=yes, dry_run=dry_run, as_json=as_json)


def _words(note: str | None) -> str | None:
    return prompts.piped_text() if note == "-" else note


def _send(client: Client, plan: MedicinePlan, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Show a plan and send it after a yes; with a dry run, show the very FHIR of it and send nothing."""
    if dry_run:
        if as_json:
            from portal_cli import json_text

            output.document(json_text.decode(plan.fhir))
        else:
            output.text(cards.plan(plan))
        diagnostics.note("Nothing was sent.")
        return
    diagnostics.note(cards.plan(plan))
    action = f"`{str(plan.action).lower()}` for {plan.patient_name}"
    if not acting.ask(client, plan.connection, "Send this?", action, yes=yes):
        diagnostics.note("Nothing was sent.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
    found = client.own_medicines.submit(plan)
    if as_json:
        output.document(found)
    elif found.medication:
        output.text(cards.medication(found.medication))
    else:
        from portal_cli import cards as of_requests

        output.text(of_requests.request(found.request))
    from portal_cli.cards import what_became_of

    diagnostics.note(what_became_of(found.request))
