"""What a run of a command needs: the settings of this machine, and a client that can ask for a passphrase."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portal_cli import choices, diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.client import Client
    from store.config import Settings


def settings(*, despite_file: bool = False) -> Settings:
    """The settings of this run; `despite_file` also where the file of them is broken. Raises InvalidInput."""
    # Deferred: help needs no settings.
    from store.config import load, load_despite_file  # noqa: PLC0415

    return load_despite_file(os.environ) if despite_file else load(os.environ)


@contextmanager
def client(*, may_ask: bool = True, tells_shown: bool = True, despite_file: bool = False) -> Iterator[Client]:
    """A client that locks itself at the end; with `may_ask` it asks for a passphrase where there is a terminal.

    With `despite_file` a broken configuration file is passed over.

    A command that is about the records of some says at its end whose they were, if the vault has those of several
    people and it `tells_shown`.
    """
    # Deferred: the store loads the cryptography, which help does not need.
    from store.client import Client  # noqa: PLC0415
    from store.services.scope import Choice  # noqa: PLC0415

    with Client(settings(despite_file=despite_file), *(_ways_to_ask() if may_ask else (None, None))) as opened:
        wanted = choices.meant()
        opened.choice = Choice(wanted.portal, wanted.patient, wanted.every)
        yield opened
        if tells_shown and wanted.is_read and opened.is_unlocked:
            _tell_shown(opened)
        _tell_troubles(opened)


def _ways_to_ask() -> tuple[Callable[[], str] | None, Callable[[], str] | None]:
    """How a passphrase is asked for, and a new one; nothing where there is nobody to ask."""
    from portal_cli import prompts  # noqa: PLC0415 - the dashboard asks by itself

    return (prompts.passphrase, prompts.new_passphrase) if prompts.has_terminal() else (None, None)


def _tell_shown(opened: Client) -> None:
    shown = opened.people.shown()
    if not shown.is_several:
        return
    if shown.is_everybody:
        diagnostics.note(f"Shown: everybody, {shown.words}. `portal people switch NAME` shows one of them.")
    else:
        diagnostics.note(f"Shown: {shown.words}.")


def _tell_troubles(opened: Client) -> None:
    if opened.keychain_trouble is not None:
        diagnostics.note(f"The passphrase was needed: {opened.keychain_trouble}.")
    if opened.unnoted:
        lines = "a line" if opened.unnoted == 1 else f"{opened.unnoted} lines"
        diagnostics.note(f"The audit trail is missing {lines} of this: the disk refuses to be written to.")


def is_interactive() -> bool:
    """Whether a person both types and reads here, on the screen that stderr draws as well."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def age(client_: Client) -> str:
    """How old the data is, in one line: that of the portal that was synced longest ago."""
    # Deferred: only a person wants to know.
    from portal_cli import wording  # noqa: PLC0415

    meant = client_.portals.meant()
    times = [portal.synced for portal in meant if not portal.is_imported or all(each.is_imported for each in meant)]
    known = [time for time in times if time is not None]
    oldest = min(known, key=lambda time: time.epoch or 0) if known and len(known) == len(times) else None
    return wording.age(oldest).capitalize()
