"""What the commands of an account ask a person for: fields, codes and new passwords; in a pipe nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import diagnostics, prompts
from portal_cli.problems import Misused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from store.services.accounts import About

_TRIES = 5
_ASKED_APART = frozenset({"password", "terms_version"})


def fields(about: About, typed: Mapping[str, str | None]) -> dict[str, str]:
    """The fields of a registration: those that were typed, and whatever else the portal wants, asked for."""
    found = {name: value for name, value in typed.items() if value}
    for field in about.fields:
        if not field.is_required or field.name in found or field.name in _ASKED_APART:
            continue
        found[field.name] = value(str(field.label), f"--{field.name.rpartition('.')[2].replace('_', '-')}")
    return found


def nested(found: Mapping[str, str]) -> dict[str, object]:
    """Fields with a dot in their names as objects: `address.city` is the `city` of `address`."""
    sent: dict[str, object] = {}
    for name, text in found.items():
        holder, _, last = name.rpartition(".")
        below = sent.setdefault(holder, {}) if holder else sent
        if isinstance(below, dict):
            below[last] = text
    return sent


def value(label: str, option: str) -> str:
    """Ask for something that may be seen. Raises Misused, naming the option for it, where nobody can be asked."""
    if not prompts.can_answer():
        raise Misused(f"{label.lower()} is missing", f"Give it with `{option}`.")
    for _ in range(_TRIES):
        if typed := prompts.visible(f"{label}: "):
            return typed
    raise Misused(f"{label.lower()} is missing", f"Give it with `{option}`.")


def new_password(problems: Callable[[str], Sequence[str]], rules: Sequence[str], *, from_stdin: bool) -> str:
    """A new password that the portal has nothing against: one line of stdin, or typed twice, and again while it has."""
    if from_stdin:
        return prompts.password_on_stdin()
    for rule in rules:
        diagnostics.note(f"  - {rule}")
    for _ in range(_TRIES):
        typed = prompts.secret("New password: ")
        if found := problems(typed):
            for sentence in found:
                diagnostics.note(sentence)
        elif typed == prompts.secret("The same again: "):
            return typed
        else:
            diagnostics.note("The two are not the same.")
    raise Misused("no password was chosen", "Run it again with another one.")
