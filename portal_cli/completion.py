"""What a shell is offered for names and ids: from a vault that a session keeps open, and nothing from a locked one.

It asks for no passphrase, runs no command, opens no keychain and no connection, and whatever goes wrong is silence.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.client import Client
    from store.vault.keychain import Keychain

    Offers = Iterable[tuple[str, str]]
    """Values, each with a title."""

FILE = Path(__file__).with_name("completion.tsv")
"""A line for each command: its words, and what it takes as JSON. It lies beside this file: `importlib.resources` would
take longer to load than all else that is done here."""
_MOST = 100


def answer(shell: str) -> tuple[str, int]:
    """What the script of a shell is answered, and the exit code: the line so far is in its variables."""
    words, incomplete = _line(shell)
    found = offers(words, incomplete)
    if shell == "fish" and os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return "", int(not found)
    return _FORMS[shell](found), 0


def offers(words: list[str], incomplete: str) -> list[tuple[str, str]]:
    """What may stand in place of an incomplete word, after some words: each with a title."""
    tree = _tree()
    path, option, place = _read(tree, words)
    node = tree[path]
    if option is not None:
        found = _values(path, node["options"][option])
    elif incomplete.startswith("-"):
        found = [(name, one["help"]) for name, one in node["options"].items()]
    else:
        found = [*node["commands"].items()]
        if node["arguments"]:
            found += _values(path, node["arguments"][min(place, len(node["arguments"]) - 1)])
    typed = incomplete.casefold()
    return [(value, title) for value, title in found if value.casefold().startswith(typed)]


def _tree() -> _Tree:
    """Every command with its options and arguments, as `completion_tree` has written them down."""
    return _Tree(FILE.read_text(encoding="utf-8"))


class _Tree(dict[str, Any]):
    """What commands take, by their words: only what is asked for is read from the lines of the file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._lines = dict(line.split("\t", 1) for line in text.splitlines())

    def __missing__(self, path: str) -> Any:
        found = self[path] = json.loads(self._lines[path])
        return found


def _read(tree: _Tree, words: list[str]) -> tuple[str, str | None, int]:
    """Which command words have come to, the option that waits for its value, and how many arguments there are."""
    path, option, place = "", None, 0
    for word in words:
        node = tree[path]
        if option is not None:
            option = None
        elif word.startswith("-"):
            option = word if node["options"].get(word, {}).get("value") else None
        elif word in node["commands"]:
            path, place = f"{path} {word}".strip(), 0
        elif node["default"]:
            path, place = f"{path} {node['default']}".strip(), 1
        else:
            place += 1
    return path, option, place


def _values(path: str, parameter: Any) -> list[tuple[str, str]]:
    if parameter["choices"]:
        return [(choice, "") for choice in parameter["choices"]]
    noun = parameter["noun"]
    source = _SOURCES.get(f"{path.partition(' ')[0]} {noun}") or _SOURCES.get(noun)
    return list(_offered(source)) if source else []


def _line(shell: str) -> tuple[list[str], str]:
    """The words before the incomplete one, and that one, as the scripts of shells hand them over."""
    if shell == "bash":
        every, at = os.environ.get("COMP_WORDS", "").split(), int(os.environ.get("COMP_CWORD") or 0)
        return every[1:at], every[at] if at < len(every) else ""
    text = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    every = text.split()[1:]
    if shell in {"powershell", "pwsh"}:
        incomplete = os.environ.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
        return (every[:-1] if incomplete and every else every), incomplete
    return (every, "") if text.endswith(" ") or not every else (every[:-1], every[-1])


def _lines(found: list[tuple[str, str]]) -> str:
    return "\n".join(value for value, _ in found)


def _titled(between: str) -> Callable[[list[tuple[str, str]]], str]:
    return lambda found: "\n".join(f"{value}{between}{title}" if title else value for value, title in found)


def _zsh(found: list[tuple[str, str]]) -> str:
    """What zsh evaluates; nothing in it is an order, since `_harmless` has left no sign that could be."""
    listed = "\n".join(
        f'"{value.replace(":", _COLON)}":"{_harmless(title)}"' if title else f'"{value.replace(":", _COLON)}"'
        for value, title in found
    )
    return f"_arguments '*: :(({listed}))'" if found else "_files"


_COLON = r"\\:"
_FORMS: dict[str, Callable[[list[tuple[str, str]]], str]] = {
    "bash": _lines,
    "zsh": _zsh,
    "fish": _titled("\t"),
    "powershell": _titled(":::"),
    "pwsh": _titled(":::"),
}
SHELLS = frozenset(_FORMS)


def _harmless(title: str) -> str:
    """A title of letters, digits and few signs: a shell evaluates it, and a portal may have written it."""
    return " ".join("".join(sign if sign.isalnum() or sign in _SIGNS else " " for sign in title).split())


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
    except (PortalError, OSError, ValueError, RecursionError):
        return ()
    plain = ((value, _harmless(title)) for value, title in every if value and _is_plain(value))
    return tuple(dict(plain).items())[:_MOST]


def _is_plain(value: str) -> bool:
    """Whether a value is one word to every shell, and no order to any."""
    return not value.startswith("-") and all(sign.isalnum() or sign in _VALUE_SIGNS for sign in value)


_SIGNS, _VALUE_SIGNS = " .,/-", "-./_@:"


def _no_keychain(_name: str | None) -> Keychain:
    _refuse()


def _refuse() -> NoReturn:
    from store.errors import KeychainFailed  # noqa: PLC0415 - as in _offered

    raise KeychainFailed("completion opens none")


_SOURCES: dict[str, Callable[[Client], Offers]] = {
    "MEDICATION": lambda client: client.offers.prescriptions(),
    "MEDICINE": lambda client: client.offers.own_medicines(),
    "labs RESULT": lambda client: client.offers.results("lab"),
    "vitals RESULT": lambda client: client.offers.results("vital"),
    "RECORD": lambda client: client.offers.records(),
    "APPOINTMENT": lambda client: client.offers.appointments(),
    "INSURANCE": lambda client: client.offers.insurance(),
    "ALLERGY": lambda client: client.offers.allergies(),
    "MESSAGE": lambda client: client.offers.threads(),
    "DRAFT": lambda client: [(one.id, one.subject) for one in client.letters.drafts.list(_MOST).items],
    "refills REQUEST": lambda client: client.offers.refills(),
    "outbox ID": lambda client: client.offers.outbox(),
    "conflicts ID": lambda client: client.offers.conflicts(),
    "PORTAL": lambda client: [(one.name, one.url) for one in client.portals.list()],
    "PERSON": lambda client: [(one.id, one.patient) for one in client.people.list()],
    "PATIENT": lambda client: [(one.id, one.patient) for one in client.people.list()],
}
