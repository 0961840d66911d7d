"""`portal allergies`: list allergies, and tell of one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from portal_cli import acting, changing, context, listings, output, profile_cards, profile_views
from portal_cli.groups import ListingGroup
from portal_cli.options import DryRunOption, FormatOption, JsonOption, LimitOption, YesOption, examples, scoped

app = typer.Typer(cls=ListingGroup, help="List allergies, and tell of one; `list` is meant when nothing else is said.")
AllergyArgument = Annotated[str, typer.Argument(metavar="ALLERGY", help="Id of the allergy.")]


class Category(StrEnum):
    """What sort of thing somebody may be allergic to."""

    FOOD = "food"
    MEDICATION = "medication"
    ENVIRONMENT = "environment"
    BIOLOGIC = "biologic"


class Severity(StrEnum):
    """How bad a reaction is."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@app.command("list", epilog=examples("portal allergies", "portal allergies list --past --json"))
@scoped
def list_allergies(
    past: Annotated[bool, typer.Option("--past", help="Also those that are over, or were told of in error.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List your allergies."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        listings.show(client, client.allergies.list(every=past, limit=how.limit), profile_views.ALLERGIES, how)


@app.command(epilog=examples("portal allergies show 3f2a"))
@scoped
def show(allergy: AllergyArgument, as_json: JsonOption = False) -> None:
    """Show one allergy."""
    with context.client() as client:
        found = client.allergies.show(allergy)
    if as_json:
        output.document(found)
    else:
        output.text(profile_cards.allergy(found))


@app.command(
    epilog=examples(
        "portal allergies add latex --reaction rash --severity mild",
        "portal allergies add peanuts --category food --dry-run --json",
    )
)
@scoped
def add(
    substance: Annotated[str, typer.Argument(metavar="SUBSTANCE", help="What the allergy is to.")],
    category: Annotated[Category | None, typer.Option("--category", help="What sort of thing it is.")] = None,
    reaction: Annotated[str, typer.Option("--reaction", help="What happens.")] = "",
    severity: Annotated[Severity | None, typer.Option("--severity", help="How bad it is.")] = None,
    note: Annotated[str, typer.Option("--note", help="A few words more.")] = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell the practice of an allergy; it stays unconfirmed until the practice has looked at it."""
    from store.records.allergies import NewAllergy

    wanted = NewAllergy(
        substance, category.value if category else "", reaction, severity.value if severity else "", note
    )
    with context.client() as client:
        found = changing.offered(client, lambda: client.allergies.add(wanted))
        changing.send(client, found, client.allergies.submit, acting.Sending(yes, dry_run, as_json))


@app.command(epilog=examples("portal allergies end 3f2a", "portal allergies end 3f2a --mistake"))
@scoped
def end(
    allergy: AllergyArgument,
    mistake: Annotated[bool, typer.Option("--mistake", help="You never had it: it was told of in error.")] = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say that an allergy that you told of is over, or was a mistake."""
    with context.client() as client:
        found = changing.offered(client, lambda: client.allergies.end(allergy, was_wrong=mistake))
        changing.send(client, found, client.allergies.submit, acting.Sending(yes, dry_run, as_json))
