"""What is asked of somebody who writes a message: to whom, what about, and the words; and what is told before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from portal_cli import diagnostics, editing, private_folders, prompts
from portal_cli.problems import EditorUndecoded, Misused
from portal_cli.wording import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.client import Client
    from store.services.message_plans import Beginning, Draft

_SHOWN = 60  # signs of a draft that are enough to know it by
_WHOM = "Say whom with `--to NAME`; `portal messages recipients` lists who can be written to."


def whom(client: Client, typed: Sequence[str]) -> tuple[str, ...]:
    """Whom a message is to: as typed, else whoever is chosen from a list. Raises Misused."""
    if typed:
        return tuple(typed)
    known = client.letters.recipients().items
    labels = {f"{each.name}{f' ({each.role})' if each.role else ''}": str(each.id) for each in known}
    chosen = prompts.choose("To whom?", tuple(labels))
    if chosen is None:
        raise Misused("the message is to nobody", _WHOM)
    return (labels[chosen],)


def tell(beginning: Beginning) -> None:
    """Tell, before the first message to a portal, what messages are not for, and how soon an answer can be expected."""
    from store.records import letter_words  # noqa: PLC0415 - the other commands do not need it

    if beginning.is_first:
        diagnostics.note(letter_words.EMERGENCY)
    diagnostics.note(beginning.replies)


def subject(typed: str, beginning: Beginning) -> str:
    """What a message is about. Raises Misused where nobody can be asked."""
    if typed or beginning.subject:
        return typed
    if not prompts.can_answer():
        raise Misused("the message has no subject", "Say what it is about with `--subject TEXT`.")
    return prompts.visible("Subject: ")


def is_typed_here(typed: str | None) -> bool:
    """Whether the words of a message come from an editor."""
    return typed is None and sys.stdin.isatty()


def body(typed: str | None, before: str = "", keep: editing.Keep | None = None) -> str:
    """The words of a message: as typed, from stdin (`-`, or a pipe), or from an editor, which `keep` gets as it saves.

    Raises EditorFailed; EditorUndecoded where it saved no text, of which `keep` gets what can be read.
    """
    if is_typed_here(typed):
        saved = editing.edited(f"{before}\n" if before else "", private_folders.MESSAGE, keep)
        try:
            return saved.decode()
        except UnicodeDecodeError as error:
            if keep:
                keep(saved.decode("utf-8", "replace"))
            raise EditorUndecoded from error
    return prompts.piped_text() if typed is None or typed == "-" else typed


def go_on(draft: Draft) -> bool:
    """Whether somebody wants to go on with a draft instead of beginning anew."""
    diagnostics.note(f"There is a draft of {moment(draft.changed)}: {_beginning_of(draft.text)}")
    return prompts.confirm("Go on with it?", "going on with a draft")


def _beginning_of(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN].rstrip()}…"
