"""Writing and sending a message: it is kept as a draft, shown, a yes is asked for, and what came of it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from portal_cli import acting, cards, diagnostics, letter_cards, letter_prompts, output, prompts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from store.client import Client
    from store.records.message_writes import File
    from store.services.message_plans import Beginning, Draft, MessagePlan, Outcome, Wording


@dataclass(frozen=True)
class Typed:
    """What stood on the command line of a message; a `body` of None is not said."""

    subject: str
    body: str | None
    category: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Sending:
    """How a message is to be sent: without being asked, not at all, told as JSON, or kept as a draft."""

    yes: bool
    dry_run: bool
    as_json: bool
    draft: bool = False


def files(paths: Sequence[Path] | None) -> tuple[File, ...]:
    """The files that are to be attached. Raises InvalidInput for one that cannot be."""
    from store.records import enclosures  # noqa: PLC0415 - most messages have none

    return enclosures.read(tuple(paths or ()))


def write(beginning: Beginning, typed: Typed) -> Wording:
    """Have a message written, after what is to be known before. Raises Misused, EditorFailed."""
    from store.services.message_plans import Wording  # noqa: PLC0415 - loaded with the services

    letter_prompts.tell(beginning)
    about = letter_prompts.subject(typed.subject, beginning)
    return Wording(about, str(typed.category), letter_prompts.body(typed.body), typed.files)


def send(client: Client, plan: MessagePlan, how: Sending) -> None:
    """Show a message and send it after a yes; until then it is a draft. A dry run shows the very FHIR of it."""
    if how.dry_run:
        _show(plan, as_json=how.as_json)
        diagnostics.note("Nothing was sent.")
        return
    action = f"{str(plan.action).lower()} for {plan.patient_name}"
    if how.yes and not how.draft:
        diagnostics.note(letter_cards.message_plan(plan))
        acting.ask(client, plan.connection, "Send this?", action, yes=True)
        tell(client.letters.submit(plan), as_json=how.as_json)
        return
    draft = client.letters.drafts.keep(plan)
    if how.draft:
        tell_draft(draft, as_json=how.as_json)
        diagnostics.note(f"Kept as a draft. `portal messages draft send {draft.id}` sends it.")
        return
    ask(client, draft, action)
    tell(client.letters.send_draft(str(draft.id)), as_json=how.as_json)


def ask(client: Client, draft: Draft, action: str) -> None:
    """Show a draft and ask whether to send it; it stays one where the answer is no, or nobody can be asked."""
    diagnostics.note(letter_cards.draft(draft))
    if not prompts.can_answer():
        diagnostics.note(f"It is kept as the draft {draft.id}; `portal messages draft send {draft.id} --yes` sends it.")
    if not acting.ask(client, draft.portal, "Send this?", f"`{action}`", yes=False):
        diagnostics.note(f"Nothing was sent. It is kept as the draft {draft.id}.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)


def tell(found: Outcome, *, as_json: bool) -> None:
    """Tell what came of a message."""
    if as_json:
        output.document(found)
    elif found.thread:
        output.text(letter_cards.thread(found.thread))
    else:
        output.text(cards.request(found.request))
    diagnostics.note(cards.what_became_of(found.request))


def tell_draft(draft: Draft, *, as_json: bool) -> None:
    """Show a draft."""
    if as_json:
        output.document(draft)
    else:
        output.text(letter_cards.draft(draft))


def _show(plan: MessagePlan, *, as_json: bool) -> None:
    if as_json:
        from portal_cli import json_text  # noqa: PLC0415 - people need no JSON

        output.document(json_text.decode(plan.document()))
    else:
        output.text(letter_cards.message_plan(plan))
