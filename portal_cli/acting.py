"""Sending something about an appointment: it is shown, a yes is asked for, and what came of it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from portal_cli import cards, diagnostics, output, prompts

if TYPE_CHECKING:
    from store.client import Client
    from store.services.appointment_plans import AppointmentPlan, Outcome


@dataclass(frozen=True)
class Sending:
    """How something is to be sent: without being asked, not at all, and told as JSON."""

    yes: bool
    dry_run: bool
    as_json: bool


def send(client: Client, plan: AppointmentPlan, how: Sending) -> None:
    """Show a plan and send it after a yes; with a dry run, show the very FHIR of it and send nothing."""
    if how.dry_run:
        _show(plan, as_json=how.as_json)
        diagnostics.note("Nothing was sent.")
        return
    diagnostics.note(cards.appointment_plan(plan))
    if not how.yes and not prompts.confirm("Send this?", f"`{str(plan.action).lower()}` for {plan.patient_name}"):
        diagnostics.note("Nothing was sent.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
    _tell(client.bookings.submit(plan), as_json=how.as_json)


def _show(plan: AppointmentPlan, *, as_json: bool) -> None:
    if as_json:
        from portal_cli import json_text  # noqa: PLC0415 - people need no JSON

        output.document(json_text.decode(plan.fhir))
    else:
        output.text(cards.appointment_plan(plan))


def _tell(found: Outcome, *, as_json: bool) -> None:
    if as_json:
        output.document(found)
    elif found.appointment:
        output.text(cards.appointment(found.appointment))
    else:
        output.text(cards.request(found.request))
    diagnostics.note(cards.what_became_of(found.request))
