"""What a shell is offered for names and ids: from a vault that a session keeps open, and nothing from a locked one.

It asks for no passphrase, runs no command, opens no keychain and no connection, and whatever goes wrong is silence.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from store.client import Client
    from store.vault.keychain import Keychain

    Offers = Iterable[tuple[str, str]]
    """Values, each with a title."""

_MOST = 100


def add_to(command: Any) -> None:
    """Let a shell complete the arguments and options of a command that name something in the vault."""
    for parameter in command.params:
        if _noun(parameter) in _METAVARS:
            parameter._custom_shell_complete = _complete  # noqa: SLF001 - the library sets it from a command's own words


def _noun(parameter: Any) -> str:
    """What a parameter names, as its help has it."""
    return str(parameter.metavar or "").removesuffix("…")


def _complete(context: Any, parameter: Any, incomplete: str) -> list[Any]:
    from typer._click.shell_completion import CompletionItem  # noqa: PLC0415 - as the library itself has it

    words = context.command_path.split()
    group = words[1] if len(words) > 1 else ""
    source = _SOURCES.get(f"{group} {_noun(parameter)}") or _SOURCES.get(_noun(parameter))
    found = _offered(source) if source else ()
    typed = incomplete.casefold()
    return [CompletionItem(value, help=title) for value, title in found if value.casefold().startswith(typed)]


def _offered(source: Callable[[Client], Offers]) -> tuple[tuple[str, str], ...]:
    """What there is to offer; values that are several words to a shell are left out."""
    # Deferred: help needs no vault.
    from store.client import Client  # noqa: PLC0415
    from store.config import load  # noqa: PLC0415
    from store.errors import PortalError  # noqa: PLC0415

    try:
        settings = replace(load(os.environ), passphrase_file=None, passphrase_command=None)
        with Client(settings, find_keychain=_no_keychain) as client:
            if not client.has_vault:
                return ()
            client.unlock()
            every = [(str(value), str(title)) for value, title in source(client)]
    except (PortalError, OSError, ValueError):
        return ()
    return tuple(dict(pair for pair in every if pair[0] and not set(pair[0]) & _SPOILING).items())[:_MOST]


_SPOILING = set(" \t\n'\"\\`$;&|<>()*?[]{}!#~")


def _no_keychain(_name: str | None) -> Keychain:
    _refuse()


def _refuse() -> NoReturn:
    from store.errors import KeychainFailed  # noqa: PLC0415 - as in _offered

    raise KeychainFailed("completion opens none")


def _medications(client: Client) -> Iterator[tuple[str, str]]:
    """By the first word of a name, where that is enough, else by the id."""
    found = client.medications.list().items
    first = [str(item.name).split(maxsplit=1)[0].casefold() if item.name else "" for item in found]
    for item, word in zip(found, first, strict=True):
        yield (word if first.count(word) == 1 else str(item.id)), str(item.name)


def _results(kind: str) -> Callable[[Client], Offers]:
    return lambda client: [
        (item.id, f"{item.name} {item.value} {item.unit}")
        for item in client.labs.list(None, kind=kind, limit=_MOST).items
    ]


def _records(client: Client) -> Offers:
    return [(f"{row.type}/{row.id}", row.title) for row in client.records.list(limit=_MOST).items]


_SOURCES: dict[str, Callable[[Client], Offers]] = {
    "MEDICATION": _medications,
    "MEDICINE": _medications,
    "labs RESULT": _results("lab"),
    "vitals RESULT": _results("vital"),
    "RECORD": _records,
    "APPOINTMENT": lambda client: [(one.id, one.title) for one in client.appointments.list(limit=_MOST).items],
    "INSURANCE": lambda client: [(one.id, one.payer) for one in client.insurance.list(limit=_MOST).items],
    "ALLERGY": lambda client: [(one.id, one.substance) for one in client.allergies.list(limit=_MOST).items],
    "MESSAGE": lambda client: [(one.id, one.subject) for one in client.messages.list(limit=_MOST).items],
    "DRAFT": lambda client: [(one.id, one.subject) for one in client.letters.drafts.list(_MOST).items],
    "refills REQUEST": lambda client: [(one.id, one.medication) for one in client.refills.list(_MOST).items],
    "outbox ID": lambda client: [(one.id, one.title) for one in client.outbox.list(limit=_MOST).items],
    "conflicts ID": lambda client: [(one.id, one.title) for one in client.conflicts.list(_MOST).items],
    "PORTAL": lambda client: [(one.name, one.url) for one in client.portals.list()],
    "PERSON": lambda client: [(one.id, one.patient) for one in client.people.list()],
    "PATIENT": lambda client: [(one.id, one.patient) for one in client.people.list()],
}
_METAVARS = frozenset(name.rpartition(" ")[2] for name in _SOURCES)
