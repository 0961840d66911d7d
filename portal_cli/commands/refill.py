"""`portal refill`: ask for a refill of a medication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, cards, context, diagnostics, output, prompts
from portal_cli.options import JsonOption, examples, scoped

if TYPE_CHECKING:
    from store.client import Client
    from store.services.refills import RefillPlan, RefillRow

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal refill lisinopril",
        'portal refill lisinopril --note "Two weeks left" --yes',
        "portal refill lisinopril --dry-run --json",
    )
)
@scoped
def refill(
    medication: Annotated[
        list[str], typer.Argument(metavar="MEDICATION", help="Its name, a part of the name, its id or RxNorm code.")
    ],
    note: Annotated[str | None, typer.Option(help="A few words to the practice; `-` reads them from stdin.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send it without being asked.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask for a refill of a current prescription."""
    with context.client() as client:
        plan = _plan(client, " ".join(medication), prompts.piped_text() if note == "-" else note)
        if dry_run:
            _show_plan(plan, as_json=as_json)
            return
        diagnostics.note(cards.plan(plan))
        action = f"the refill request for {plan.medication}"
        if not acting.ask(client, plan.connection, "Send this request?", action, yes=yes):
            diagnostics.note("Nothing was sent.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        _tell(client.refills.submit(plan), as_json=as_json)


def _plan(client: Client, name: str, note: str | None) -> RefillPlan:
    from store.errors import Ambiguous

    try:
        return client.refills.plan(name, note)
    except Ambiguous as error:
        chosen = prompts.choose(f"{error}. Which one?", error.choices)
        if chosen is None:
            raise
    return client.refills.plan(chosen, note)


def _show_plan(plan: RefillPlan, *, as_json: bool) -> None:
    if as_json:
        from portal_cli import json_text

        output.document(json_text.decode(plan.fhir))
    else:
        output.text(cards.plan(plan))
    diagnostics.note("Nothing was sent.")


def _tell(row: RefillRow, *, as_json: bool) -> None:
    if as_json:
        output.document(row)
    else:
        output.text(cards.refill(row))
    if row.status == "unknown":
        diagnostics.note(
            "The portal's answer was lost. `portal sync` looks whether it has the request, and "
            f"`portal outbox show {row.request_id}` tells the ways out if that cannot be told."
        )
    elif row.is_waiting:
        diagnostics.note(
            "It is queued. `portal sync` sends it, once, when you are signed in and the portal can be reached."
        )
    else:
        diagnostics.note("The portal has the request. `portal sync` fetches its answer.")
