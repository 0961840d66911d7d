"""Names of a person's own for command lines: `[aliases]` in the configuration, expanded once, never for a command."""

from __future__ import annotations

import shlex

from portal_cli.problems import Misused
from portal_cli.registry import COMMANDS


def expanded(words: list[str]) -> list[str]:
    """A command line with its alias, if it begins with one, put into its words. Raises Misused, InvalidInput.

    A name that is a command is the command, whatever the configuration says. What an alias stands for is words, which
    no shell sees, and has to begin with a command.
    """
    if not words or words[0].startswith("-") or words[0] in COMMANDS:
        return words
    # Deferred: most lines begin with a command.
    from portal_cli import context  # noqa: PLC0415

    meant = dict(context.settings().aliases).get(words[0])
    if meant is None:
        return words
    try:
        line = shlex.split(meant)
    except ValueError as error:
        raise Misused(f"the alias {words[0]} has a quotation mark without its other", _HINT) from error
    if not line or line[0] not in COMMANDS:
        raise Misused(f"the alias {words[0]} does not begin with a command of portal", _HINT)
    return [*line, *words[1:]]


_HINT = "Change it with `portal config set aliases.NAME 'COMMAND …'`."
