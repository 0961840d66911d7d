"""Writing and sending a message: it is kept as a draft, shown, a yes is asked for, and what came of it is told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer

from portal_cli import acting, cards, diagnostics, letter_cards, letter_prompts, output, private_folders, prompts

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


class _Keeping:
    """Keeps what an editor saves of a new message as a draft; `draft` is its id, empty as long as there is none."""

    def __init__(self, client: Client, beginning: Beginning, wording: Wording) -> None:
        self._client = client
        self._beginning = beginning
        self._wording = wording
        self.draft = ""

    def __call__(self, text: str) -> str:
        """Keep a text; one without words is none."""
        if text.strip() and self.draft:
            rewrite(self._client, self.draft, text)
        elif text.strip():
            plan = self._client.letters.plan(self._beginning, replace(self._wording, text=text))
            self.draft = str(self._client.letters.drafts.keep(plan).id)
        return self.draft


def rewrite(client: Client, draft: str, text: str) -> None:
    """Give a draft another text, which may be the one that it has."""
    from store.errors import InvalidInput  # noqa: PLC0415 - loaded with the services
    from store.services.message_plans import Wording  # noqa: PLC0415 - as above

    with suppress(InvalidInput):  # nothing was changed
        client.letters.drafts.change(draft, Wording(text=text))


def edit(client: Client, before: Draft, text: str | None) -> str:
    """Have the text of a draft changed, as typed or in an editor; gives it.

    After an EditorFailed it is as before; after an EditorUndecoded it has what can be read of what was saved.
    """
    from portal_cli.problems import EditorFailed, EditorUndecoded  # noqa: PLC0415 - few edit

    name = str(before.id)

    def keep(saved: str) -> str:
        rewrite(client, name, saved)
        return name

    try:
        return letter_prompts.body(text, str(before.text), keep)
    except EditorUndecoded:
        diagnostics.note(f"What can be read of it is kept as the draft {name}, with a sign like � for the rest.")
        raise
    except EditorFailed:
        rewrite(client, name, str(before.text))
        raise


def change(client: Client, before: Draft, wording: Wording) -> Draft:
    """Change a draft, where the editor may have kept the same already. Raises InvalidInput when nothing was changed."""
    from store.errors import InvalidInput  # noqa: PLC0415 - loaded with the services

    try:
        return client.letters.drafts.change(str(before.id), wording)
    except InvalidInput:
        found = client.letters.drafts.show(str(before.id))
        if found.text == before.text:
            raise
        return found


def compose(client: Client, beginning: Beginning, typed: Typed, how: Sending) -> None:
    """Have a message written, after what is to be known before, and send it. Raises Misused, EditorFailed.

    What an editor saves is a draft from then on, whatever becomes of this program.
    """
    from store.services.message_plans import Wording  # noqa: PLC0415 - loaded with the services

    recover(client)
    letter_prompts.tell(beginning)
    if not how.dry_run and letter_prompts.is_typed_here(typed.body):
        draft = client.letters.drafts.like(beginning)
        if draft and letter_prompts.go_on(draft):
            rewrite(client, str(draft.id), edit(client, draft, None))
            _send_draft(client, str(draft.id), f"send a message for {draft.patient}", how)
            return
    about = letter_prompts.subject(typed.subject, beginning)
    wording = Wording(about, str(typed.category), "", typed.files)
    keeping = _Keeping(client, beginning, wording)
    text = _written(typed.body, keeping, how)
    if keeping.draft and not text.strip():
        diagnostics.note(f"What was saved before is kept as the draft {keeping.draft}.")
    plan = client.letters.plan(beginning, replace(wording, text=text))
    if keeping.draft:
        rewrite(client, keeping.draft, str(plan.text))
        _send_draft(client, keeping.draft, f"{str(plan.action).lower()} for {plan.patient_name}", how)
    else:
        send(client, plan, how)


def _written(typed: str | None, keeping: _Keeping, how: Sending) -> str:
    """The words of a new message; a draft of them is told of where the editor fails."""
    from portal_cli.problems import EditorFailed, EditorUndecoded  # noqa: PLC0415 - few edit

    try:
        return letter_prompts.body(typed, keep=None if how.dry_run else keeping)
    except EditorFailed as error:
        if keeping.draft:
            what = "can be read of it" if isinstance(error, EditorUndecoded) else "was saved"
            diagnostics.note(f"What {what} is kept as the draft {keeping.draft}.")
        raise


def recover(client: Client) -> None:
    """Keep what was saved in an editor after its `portal` had been killed, and tell of it."""
    from store.errors import NotFound  # noqa: PLC0415 - loaded with the services

    for one in private_folders.left():
        text = one.file.read_text("utf-8", "replace")
        if not one.draft:
            diagnostics.note(f"`portal` was killed while an editor was open; what was saved there is in {one.file}.")
            continue
        with suppress(NotFound):  # it was sent or deleted since, or is in another vault
            before = client.letters.drafts.show(one.draft)
            rewrite(client, one.draft, text)
            if client.letters.drafts.show(one.draft).text != before.text:
                diagnostics.note(f"The draft {one.draft} has what was saved in an editor after `portal` was killed.")
            one.remove()


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
    _send_draft(client, str(client.letters.drafts.keep(plan).id), action, how)


def _send_draft(client: Client, name: str, action: str, how: Sending) -> None:
    draft = client.letters.drafts.show(name)
    if how.draft:
        tell_draft(draft, as_json=how.as_json)
        diagnostics.note(f"Kept as a draft. `portal messages draft send {draft.id}` sends it.")
        return
    ask(client, draft, action, yes=how.yes)
    tell(client.letters.send_draft(str(draft.id)), as_json=how.as_json)


def ask(client: Client, draft: Draft, action: str, *, yes: bool = False, has_dry_run: bool = True) -> None:
    """Show a draft and ask whether to send it; it stays one where the answer is no, or nobody can be asked."""
    diagnostics.note(letter_cards.draft(draft))
    if yes:
        acting.ask(client, draft.portal, "Send this?", action, yes=True)
        return
    if not prompts.can_answer():
        diagnostics.note(f"It is kept as the draft {draft.id}; `portal messages draft send {draft.id} --yes` sends it.")
    if not acting.ask(client, draft.portal, "Send this?", f"`{action}`", yes=False, has_dry_run=has_dry_run):
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
