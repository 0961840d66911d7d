"""Every command of the program as its own table has them, down to the last."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import typer.main

from portal_cli.groups import ListingGroup, RunGroup
from portal_cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@cache
def commands() -> dict[str, Any]:
    """Every command that does something, by its words, such as `labs list`; each with its parameters."""
    root = typer.main.get_command(app)
    return dict(_below(root, ()))


def command_of(arguments: Sequence[str]) -> str | None:
    """Which of them a command line means; None where it means none."""
    words: list[str] = []
    for word in [word for word in arguments if word not in {"--debug", "--accessible"}]:
        if not any(name.split()[: len(words) + 1] == [*words, word] for name in commands()):
            break
        words.append(word)
    plain = " ".join(words)
    found = (name for name in (plain, f"{plain} list", f"{plain} run") if name in commands())
    return next(found, None)


def _below(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    context = group.make_context("portal", [], resilient_parsing=True)
    for name in list(group.commands):
        _, found, _ = group.resolve_command(context, [name])
        path = (*words, name)
        if hasattr(found, "commands"):
            if found.invoke_without_command and not isinstance(found, ListingGroup | RunGroup):
                yield " ".join(path), found
            yield from _below(found, path)
        else:
            yield " ".join(path), found
