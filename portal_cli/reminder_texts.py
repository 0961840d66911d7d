"""Reminders in words: what was typed, what is told, and what a timer is made of."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from portal_cli.problems import Misused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum

    from store.services.reminder_notices import Reminder
    from store.services.reminders import Wanted
    from store.services.timers import Place, Plan, System

    Word = TypeVar("Word", bound=StrEnum)


def wanted(topic: str, before: tuple[str, ...], by: tuple[str, ...], *, with_details: bool) -> tuple[Wanted, ...]:
    """The rules that were typed. Raises Misused."""
    # Deferred: help needs no store.
    from store.records.reminders import Channel, Topic  # noqa: PLC0415
    from store.services import reminders  # noqa: PLC0415

    channels = tuple(_word(Channel, text, "channel") for text in by)
    if topic == "suggested":
        if before:
            raise Misused("`suggested` has its own times before", "Leave `--before` out, or name one topic.")
        return reminders.suggested(channels, with_details=with_details)
    return (reminders.Wanted(_word(Topic, topic, "topic"), before, channels, with_details),)


def _word(kind: type[Word], text: str, noun: str) -> Word:
    try:
        return kind(text.strip().lower())
    except ValueError:
        raise Misused(f"`{text}` is no {noun} of reminders", f"Say one of: {', '.join(kind)}.") from None


def suggested() -> str:
    """The rules that most people want, one on a line."""
    from store.services.reminders import SUGGESTED  # noqa: PLC0415 - as in wanted

    return "\n".join(
        f"  {topic.value:<12} {', '.join(f'{time} before' for time in before if time) or 'when it is there'}"
        for topic, before in SUGGESTED
    )


def lines(found: Sequence[Reminder]) -> str:
    """What is due, one on a line, with what became of it where that is not plain to see."""
    return "\n".join(map(_line, found))


def _line(item: Reminder) -> str:
    is_here = item.channel == "terminal"  # what was allowed elsewhere need not stand in the log of a timer, too
    words = f"{item.text}. {item.details}" if item.details and is_here else str(item.text)
    if not item.channel or (is_here and item.state == "delivered"):
        return words
    return f"{words} ({item.channel}: {item.state})"


def troubles(found: Sequence[Reminder]) -> tuple[str, ...]:
    """What went wrong, one sentence each."""
    return tuple(
        f"{item.channel or 'an earlier run'}: {item.reason}; "
        + ("it is tried again the next time" if item.state == "failed" else "it is not sent again")
        for item in found
        if item.state in {"failed", "unknown"}
    )


def place() -> Place:
    """Where a timer is installed: here, for this user, with this program."""
    from store.services.timers import Place  # noqa: PLC0415 - as in wanted

    program = (sys.executable, "-P", "-m", "portal_cli", "reminders", "run", "--unattended", "--all")
    user = os.getuid() if hasattr(os, "getuid") else 0
    return Place(Path.home(), dict(os.environ), program, sys.platform, user)


def system(typed: str | None, here: Place) -> System:
    """The system whose timer is meant. Raises Misused."""
    from store.services import timers  # noqa: PLC0415 - as in wanted

    return timers.system_here(here.platform) if typed is None else _word(timers.System, typed, "timer")


def plan(found: Plan) -> str:
    """Everything that installing would write and run, and what it needs."""
    parts = [f"{file.path}:\n{_indented(file.content)}" for file in found.files]
    if found.crontab:
        parts.append(f"added to your crontab:\n{_indented(found.crontab)}")
    if found.commands:
        parts.append("then run:\n" + "\n".join(f"    {shlex.join(command)}" for command in found.commands))
    if found.opens_by:
        parts.append(f"It opens the vault by {found.opens_by}, as it is set now.")
    else:
        parts.append(
            "A timer cannot type a passphrase: it delivers while a session is open (`portal unlock --for 12h`), with "
            "the keychain (`portal vault keychain on`) or PORTAL_PASSPHRASE_FILE, which has to be set when this is run."
        )
    return "\n\n".join(parts)


def removal(found: Plan) -> str:
    """What taking a timer away would remove."""
    if found.crontab:
        return "The part of your crontab that `portal reminders install` added."
    return "\n".join(str(file.path) for file in found.files)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))
