"""The manual page, made from the help of every command; `python -m portal_cli.man_page` writes it anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer.main

from portal_cli.diagnostics import ExitCode
from store.config import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).resolve().parent / "man" / "portal.1"
_EXAMPLES = re.compile(r"^\x08?\s*Examples:\s*$", re.MULTILINE)


def text() -> str:
    """The page, in the language of man."""
    # Deferred: the commands are loaded only to be written down.
    from portal_cli.main import app  # noqa: PLC0415

    root = typer.main.get_command(app)
    lines = [
        '.TH PORTAL 1 "" "portal" "User commands"',
        *_section("NAME", ["portal \\- your patient portal at the terminal"]),
        *_section("SYNOPSIS", [".B portal", "[OPTIONS] COMMAND [ARGS]..."]),
        *_section("DESCRIPTION", _paragraphs((root.help or "").partition("\b")[0])),
        *_section("OPTIONS", _options(root)),
        *_section("COMMANDS", [line for words, command in every_command(root) for line in _command(words, command)]),
        *_section(
            "EXIT STATUS", [line for code in ExitCode for line in (".TP", str(code.value), _plain(code.meaning))]
        ),
        *_section(
            "ENVIRONMENT", [line for name, why in VARIABLES.items() for line in (".TP", _plain(name), _plain(why))]
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write it."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
    return 0


def _section(name: str, lines: list[str]) -> list[str]:
    return [f".SH {name}", *lines]


def every_command(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group below a group, by its words, loaded."""
    context = group.make_context("portal", [], resilient_parsing=True)
    for name in list(group.commands):
        _, found, _ = group.resolve_command(context, [name])
        yield (*words, name), found
        if hasattr(found, "commands"):
            yield from every_command(found, (*words, name))


def _command(words: tuple[str, ...], command: Any) -> list[str]:
    arguments = " ".join(
        each.metavar or each.name.upper()
        for each in command.params
        if not each.name.startswith("--") and each.param_type_name == "argument"
    )
    examples = _EXAMPLES.split(command.epilog or "")
    shown = (
        [".nf", *(_plain(line) for line in examples[1].strip("\n").splitlines()), ".fi"] if len(examples) > 1 else []
    )
    return [
        f".SS portal {_plain(' '.join([*words, arguments]).strip())}",
        *_paragraphs(command.help or ""),
        *_options(command),
        *shown,
    ]


def _options(command: Any) -> list[str]:
    lines: list[str] = []
    for option in command.params:
        if option.param_type_name == "option" and not option.hidden:
            value = "" if option.is_flag else f" {option.metavar or option.name.strip('_').upper()}"
            lines += [".TP", f".B {_plain(', '.join(option.opts))}{_plain(value)}", _plain(option.help or "")]
    return lines


def _paragraphs(text_: str) -> list[str]:
    found = [" ".join(part.split()) for part in text_.split("\n\n") if part.strip()]
    return [line for part in found for line in (".PP", _plain(part))]


def _plain(text_: str) -> str:
    """A text in which nothing is an order to man."""
    shown = text_.replace("\\", "\\e").replace("-", "\\-").replace("\x08", "")
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown


if __name__ == "__main__":
    sys.exit(main())
