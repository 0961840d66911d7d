"""`portal refills`: list, show and cancel refill requests, and see what runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, context, diagnostics, listings, output, prompts, views_of_medicines
from portal_cli import cards_of_refills as cards
from portal_cli.groups import ListingGroup
from portal_cli.options import DryRunOption, FormatOption, JsonOption, LimitOption, YesOption, examples, scoped

if TYPE_CHECKING:
    from store.services.refill_plans import CancelPlan

app = typer.Typer(
    cls=ListingGroup, help="List, show and cancel refill requests; `list` is meant when nothing else is said."
)
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")]


@app.command(
    "list",
    epilog=examples(
        "portal refills",
        "portal refills list --json",
    ),
)
@scoped
def list_refills(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List refill requests, newest first, also those that wait to be sent."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        listings.show(client, client.refills.list(limit=how.limit), views_of_medicines.REFILLS, how)


@app.command(epilog=examples("portal refills show 3f2a", "portal refills show 3f2a --json"))
@scoped
def show(request: RequestArgument, as_json: JsonOption = False) -> None:
    """Show one refill request, where it stands and what came of it."""
    with context.client() as client:
        found = client.refills.show(request)
    if as_json:
        output.document(found)
    else:
        output.text(cards.refill_detail(found))


@app.command(epilog=examples("portal refills history 3f2a", "portal refills history 3f2a --format csv"))
@scoped
def history(request: RequestArgument, format_: FormatOption = None, as_json: JsonOption = False) -> None:
    """List the steps that a refill request has taken, with their times."""
    how = listings.how(format_, as_json=as_json, limit=None)
    with context.client() as client:
        found = client.refills.show(request)
    listings.rows(found.steps, views_of_medicines.STEPS, how)


@app.command(epilog=examples("portal refills due", "portal refills due --days 60"))
@scoped
def due(
    days: Annotated[int, typer.Option("--days", min=0, max=3660, help="How many days to look ahead.")] = 14,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List medicines that run out soon, or have, by what was dispensed or prescribed."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client() as client:
        listings.show(client, client.refills.due(days, limit=how.limit), views_of_medicines.DUE, how)


@app.command(
    epilog=examples('portal refills cancel 3f2a --reason "I found another box"', "portal refills cancel 3f2a --dry-run")
)
@scoped
def cancel(
    request: RequestArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; the practice reads it. `-` reads it from stdin.")] = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Cancel a refill request, while the pharmacy does not have it yet."""
    with context.client() as client:
        plan = client.refills.plan_cancel(request, prompts.piped_text() if reason == "-" else reason)
        if dry_run:
            _show(plan, as_json=as_json)
            return
        diagnostics.note(cards.cancel_plan(plan))
        action = f"cancelling the request for {plan.medication}"
        if not acting.ask(client, plan.connection, "Cancel this request?", action, yes=yes):
            diagnostics.note("Nothing was cancelled.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        found = client.refills.cancel(plan)
    if as_json:
        output.document(found)
    else:
        output.text(cards.refill(found))
    if found.change:
        diagnostics.note("It is queued. `portal sync` tells the portal when it can be reached.")


def _show(plan: CancelPlan, *, as_json: bool) -> None:
    if as_json:
        from portal_cli import json_text

        output.document(json_text.decode(plan.fhir) if plan.fhir else None)
    else:
        output.text(cards.cancel_plan(plan))
    diagnostics.note("Nothing was sent.")
