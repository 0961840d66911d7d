"""What is asked of somebody who writes a message: to whom, what about, and the words; and what is told before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from portal_cli import diagnostics, editing, prompts
from portal_cli.problems import Misused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.client import Client
    from store.services.message_plans import Beginning

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


def body(typed: str | None, before: str = "") -> str:
    """The words of a message: as typed, from stdin (`-`, or a pipe), or from an editor. Raises EditorFailed."""
    if typed == "-" or (typed is None and not sys.stdin.isatty()):
        return prompts.piped_text()
    if typed is not None:
        return typed
    return editing.edited(before, "message.txt").decode("utf-8", "replace")
