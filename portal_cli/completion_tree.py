"""Writes down every command with its options and arguments, for shells: completion reads this file and no command.

`python -m portal_cli.completion_tree` writes `completion.tsv` anew.
"""

from __future__ import annotations

import json
import sys
from enum import Enum
from typing import Any

import typer.main

from portal_cli.completion import FILE
from portal_cli.man_page import every_command


def text() -> str:
    """The file, as it is to be."""
    # Deferred: the commands are loaded only to be written down.
    from portal_cli.main import app  # noqa: PLC0415

    root = typer.main.get_command(app)
    found = {"": _node(root)} | {" ".join(words): _node(command) for words, command in every_command(root)}
    listed = {path: json.dumps(node, ensure_ascii=False, separators=(",", ":")) for path, node in found.items()}
    return "".join(f"{path}\t{node}\n" for path, node in listed.items())


def main() -> int:
    """Write it."""
    FILE.write_text(text(), encoding="utf-8")
    return 0


def _node(command: Any) -> dict[str, Any]:
    inside = getattr(command, "commands", {})
    options = [each for each in command.params if each.param_type_name == "option" and not each.hidden]
    return {
        "commands": {name: _short(one.help) for name, one in inside.items()},
        "default": getattr(command, "default", "") if inside else "",
        "options": {
            **{name: {**_parameter(each), "value": not each.is_flag} for each in options for name in each.opts},
            "--help": {"choices": [], "noun": "", "value": False, "help": "Show this message and exit."},
        },
        "arguments": [_parameter(each) for each in command.params if each.param_type_name == "argument"],
    }


def _parameter(parameter: Any) -> dict[str, Any]:
    return {
        "choices": _choices(parameter),
        "noun": str(parameter.metavar or "").removesuffix("…"),
        "help": _short(getattr(parameter, "help", None)),
    }


def _choices(parameter: Any) -> list[str]:
    kind = parameter.type_descriptor.annotation
    return [str(choice.value) for choice in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def _short(help_: str | None) -> str:
    return (help_ or "").partition("\n")[0].partition(". ")[0]


if __name__ == "__main__":
    sys.exit(main())
