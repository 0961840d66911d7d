"""`portal refill`: ask for refills of medications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, context, diagnostics, output, prompts
from portal_cli import cards_of_refills as cards
from portal_cli.options import DryRunOption, JsonOption, examples, scoped

if TYPE_CHECKING:
    from store.client import Client
    from store.services.refills import RefillPlan, RefillRow

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal refill lisinopril",
        'portal refill lisinopril --note "Two weeks left" --yes',
        'portal refill lisinopril metformin --pharmacy "Main Street"',
        'portal refill lisinopril --remaining "4 tablets" --dry-run --json',
    )
)
@scoped
def refill(
    medication: Annotated[
        list[str],
        typer.Argument(metavar="MEDICATION…", help="Its name, a part of the name, its id or RxNorm code; or several."),
    ],
    note: Annotated[str | None, typer.Option(help="A few words to the practice; `-` reads them from stdin.")] = None,
    pharmacy: Annotated[str, typer.Option(metavar="NAME", help="Where you want to fetch it.")] = "",
    remaining: Annotated[
        list[str] | None,
        typer.Option(metavar="AMOUNT", help="How much is left, such as 4 or `4 tablets`; for several, in their order."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send it without being asked.")] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask for a refill of current prescriptions, or for a renewal where none is left."""
    with context.client() as client:
        words = prompts.piped_text() if note == "-" else note
        plans = _plans(client, medication, words, pharmacy, remaining or [])
        if dry_run:
            _show(plans, as_json=as_json)
            return
        diagnostics.note("\n\n".join(map(cards.plan, plans)))
        what = "this request" if len(plans) == 1 else f"these {len(plans)} requests"
        named = ", ".join(plan.medication for plan in plans)
        action = f"the refill request for {named}"
        whose = dict.fromkeys(plan.connection for plan in plans)
        if not all(acting.ask(client, each, f"Send {what}?", action, yes=yes) for each in whose):
            diagnostics.note("Nothing was sent.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        _send(client, plans, as_json=as_json)


def _plans(
    client: Client, names: list[str], note: str | None, pharmacy: str, remaining: list[str]
) -> tuple[RefillPlan, ...]:
    from store.errors import Ambiguous
    from store.services.refill_plans import RefillWish

    if remaining and len(remaining) not in {1, len(names)}:
        raise typer.BadParameter("--remaining goes with each medication, in their order")
    wishes = [RefillWish(note, pharmacy, left) for left in remaining] or [RefillWish(note, pharmacy)]
    each = wishes if len(wishes) == len(names) else [wishes[0], *[RefillWish(note, pharmacy)] * (len(names) - 1)]
    try:
        plans = client.refills.plan_each(names, each)
    except Ambiguous as error:
        is_one = error.kind == "current prescription" and len(names) == 1
        chosen = prompts.choose(f"{error}. Which one?", error.choices) if is_one else None
        if chosen is None:
            raise
        plans = client.refills.plan_each([chosen], each)
    if len(remaining) == 1 and len(plans) > 1:
        raise typer.BadParameter("--remaining goes with each medication, in their order")
    return plans


def _show(plans: tuple[RefillPlan, ...], *, as_json: bool) -> None:
    if as_json:
        from portal_cli import json_text

        found = [json_text.decode(plan.fhir) for plan in plans]
        output.document(found[0] if len(found) == 1 else found)
    else:
        output.text("\n\n".join(map(cards.plan, plans)))
    diagnostics.note("Nothing was sent.")


def _send(client: Client, plans: tuple[RefillPlan, ...], *, as_json: bool) -> None:
    """Send each; where several go, one that is refused does not stop the others."""
    from store.errors import AlreadyRequested, PartlyDone, Rejected

    rows: list[RefillRow] = []
    failures: list[str] = []
    for plan in plans:
        try:
            rows.append(client.refills.submit(plan))
        except (Rejected, AlreadyRequested) as error:
            if len(plans) == 1:
                raise
            failures.append(f"{plan.medication}: {error}")
    if as_json:
        output.document(rows[0] if len(plans) == 1 else rows)
    else:
        output.text("\n\n".join(map(cards.refill, rows)))
    for told in dict.fromkeys(map(cards.what_became_of, rows)):
        diagnostics.note(told)
    if failures:
        for failure in failures:
            diagnostics.note(failure)
        raise PartlyDone(f"{len(rows)} of {len(plans)} requests were made", tuple(failures))
