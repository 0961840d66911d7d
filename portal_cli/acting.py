"""Sending something about an appointment: it is shown, a yes is asked for, and what came of it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from portal_cli import cards, diagnostics, output, prompts

if TYPE_CHECKING:
    from store.client import Client
    from store.services.appointment_plans import AppointmentPlan, Outcome
    from store.services.writes import Doubt


@dataclass(frozen=True)
class Sending:
    """How something is to be sent: without being asked, not at all, and told as JSON."""

    yes: bool
    dry_run: bool
    as_json: bool


def ask(client: Client, whose: int | str, question: str, action: str, *, yes: bool, has_dry_run: bool = True) -> bool:
    """Ask whether something shall be written for a patient: every write passes here, whatever it is about.

    `whose` is the number or the name of the connection. One for another patient than the one who is shown is asked
    for by name, and with `yes` only done where the patient was named. Raises ConfirmationNeeded and OtherPatient where
    nobody can be asked.
    """
    doubt = client.writes.doubt(whose)
    if doubt is None:
        return yes or prompts.confirm(question, action, has_dry_run=has_dry_run)
    if yes:
        client.writes.confirm_unasked(doubt)
        return True
    if not prompts.can_answer():
        raise doubt.error()
    diagnostics.note(f"{_sentence(doubt)}.")
    if client.writes.confirm(doubt, prompts.visible(f"{question} Type `{doubt.wanted}` to go on: ")):
        return True
    diagnostics.note(f"That is not `{doubt.wanted}`.")
    return False


def send(client: Client, plan: AppointmentPlan, how: Sending) -> None:
    """Show a plan and send it after a yes; with a dry run, show the very FHIR of it and send nothing."""
    if how.dry_run:
        _show(plan, as_json=how.as_json)
        diagnostics.note("Nothing was sent.")
        return
    diagnostics.note(cards.appointment_plan(plan))
    action = f"`{str(plan.action).lower()}` for {plan.patient_name}"
    if not ask(client, plan.connection, "Send this?", action, yes=how.yes):
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


def _sentence(doubt: Doubt) -> str:
    words = str(doubt.error())
    return words[:1].upper() + words[1:]
