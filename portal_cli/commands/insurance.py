"""`portal insurance`: list, show, add and end insurance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal_cli import acting, changing, context, listings, output, profile_cards, profile_views
from portal_cli.groups import ListingGroup
from portal_cli.options import DryRunOption, FormatOption, JsonOption, LimitOption, YesOption, examples, scoped

app = typer.Typer(cls=ListingGroup, help="List, add and end insurance; `list` is meant when nothing else is said.")
InsuranceArgument = Annotated[str, typer.Argument(metavar="INSURANCE", help="Id of the insurance.")]


@app.command("list", epilog=examples("portal insurance", "portal insurance list --ended --json"))
@scoped
def list_insurance(
    ended: Annotated[bool, typer.Option("--ended", help="Also what is over.")] = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List your insurance."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        listings.show(client, client.insurance.list(every=ended, limit=how.limit), profile_views.INSURANCE, how)


@app.command(epilog=examples("portal insurance show 3f2a"))
@scoped
def show(insurance: InsuranceArgument, as_json: JsonOption = False) -> None:
    """Show one insurance."""
    with context.client() as client:
        found = client.insurance.show(insurance)
    if as_json:
        output.document(found)
    else:
        output.text(profile_cards.insurance(found))


@app.command(
    epilog=examples(
        'portal insurance add --payer "Example Health Plan" --member XYZ123456',
        'portal insurance add --payer "Example Health Plan" --member XYZ123456 --front front.jpg --back back.jpg --yes',
    )
)
@scoped
def add(
    payer: Annotated[str, typer.Option("--payer", help="Who pays, as it is printed on the card.")],
    member: Annotated[str, typer.Option("--member", help="The member's number on the card.")],
    plan: Annotated[str, typer.Option("--plan", help="The plan on the card.")] = "",
    group: Annotated[str, typer.Option("--group", help="The group number on the card.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="Since when, such as 2027-01-01.")] = "",
    front: Annotated[Path | None, typer.Option("--front", help="A picture of the front: JPEG, PNG or PDF.")] = None,
    back: Annotated[Path | None, typer.Option("--back", help="A picture of the back.")] = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell the practice of an insurance, with pictures of its card."""
    from store.records.coverages import NewInsurance

    with context.client() as client:
        wanted = NewInsurance(payer, member, plan, group, since)
        found = changing.offered(client, lambda: client.insurance.add(wanted, front, back))
        changing.send(client, found, client.insurance.submit, acting.Sending(yes, dry_run, as_json))


@app.command(epilog=examples("portal insurance end 3f2a --on 2026-12-31"))
@scoped
def end(
    insurance: InsuranceArgument,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The last day of it; today if not said.")
    ] = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell the practice that an insurance is over."""
    from datetime import UTC, datetime

    last = on or datetime.now(UTC).astimezone().date().isoformat()
    with context.client() as client:
        found = changing.offered(client, lambda: client.insurance.end(insurance, last))
        changing.send(client, found, client.insurance.submit, acting.Sending(yes, dry_run, as_json))
