"""Sending a change of details, insurance or allergies: shown, a yes asked for, and what came of it told."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import typer

from portal_cli import acting, cards, diagnostics, options, output
from portal_cli.wording import becomes, labelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.acting import Sending
    from store.client import Client
    from store.services.change_plans import ChangeOutcome, ChangePlan

T = TypeVar("T")

_WAYS = {
    "record": "",
    "request": "as a request, which the practice accepts or declines: this portal takes no changes by itself",
    "message": "as a message to the practice: this portal takes it in no other way",
}


def offered(client: Client, way: Callable[[], T]) -> T:
    """What a way leads to; where there is none, the portal's own page is named. Raises NotOffered."""
    from store.errors import NotOffered  # noqa: PLC0415 - help needs none of it

    try:
        return way()
    except NotOffered:
        if page := _own_page(client):
            diagnostics.note(f"The portal's own page: {page}")
        raise


def send(client: Client, plan: ChangePlan, submit: Callable[[ChangePlan], ChangeOutcome], how: Sending) -> None:
    """Show a plan and send it after a yes; with a dry run, show the very FHIR of it and send nothing."""
    if how.dry_run:
        _show(plan, as_json=how.as_json)
        diagnostics.note("Nothing was sent.")
        return
    diagnostics.note(card(plan))
    action = f"`{str(plan.action).lower()}` for {plan.patient_name}"
    if not acting.ask(client, plan.connection, "Send this?", action, yes=how.yes):
        diagnostics.note("Nothing was sent.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
    _tell(submit(plan), as_json=how.as_json)


def card(plan: ChangePlan) -> str:
    """A change that is about to be sent: what becomes what, in which way, and for whom."""
    facts = [
        ("Do", str(plan.action)),
        *((str(change.label), becomes(change.before, change.after)) for change in plan.changes),
        ("Sent", _WAYS[plan.way.value]),
        ("Patient", str(plan.patient_name)),
        ("Portal", str(plan.portal)),
    ]
    return labelled(facts)


def _show(plan: ChangePlan, *, as_json: bool) -> None:
    if not as_json:
        output.text(card(plan))
        return
    from portal_cli import json_text  # noqa: PLC0415 - people need no JSON

    found = [json_text.decode(sending.fhir) for sending in plan.sendings]
    output.document(found[0] if len(found) == 1 else found)


def _tell(found: ChangeOutcome, *, as_json: bool) -> None:
    if as_json:
        output.document(found)
    else:
        output.text("\n\n".join(cards.request(request) for request in found.requests))
    for words in dict.fromkeys(cards.what_became_of(request) for request in found.requests):
        diagnostics.note(words)


def _own_page(client: Client) -> str:
    from store.errors import PortalError  # noqa: PLC0415 - as in offered

    try:
        return str(client.desk.pages.of(options.meant().portal).front)
    except PortalError:
        return ""
