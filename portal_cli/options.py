"""Options that many commands share, spelled once."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

import typer


class Format(StrEnum):
    """How a listing is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


FormatOption = Annotated[Format | None, typer.Option("--format", help="How to print the list.", show_default="table")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do it without being asked.")]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", min=0, help="How many to print; 0 is all. A table on a terminal has 30, anything else all."
    ),
]


_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ms|s|m|h)$")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SHORTEST = 0.01


def duration(text: str) -> float:
    """Read a duration such as `500ms`, `2s` or `5m`; gives seconds.

    Raises:
        typer.BadParameter: For anything else, and for nothing at all.
    """
    found = _DURATION.match(text.strip())
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if seconds < _SHORTEST:
        raise typer.BadParameter(f"{text!r} is not a duration such as 500ms, 2s or 5m")
    return seconds


def examples(*lines: str) -> str:
    """The end of a command's help: lines to try, printed as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def options_of(arguments: list[str]) -> list[str]:
    """The part of a command line in which options are options: what stands before `--`."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def wants_json(arguments: list[str]) -> bool:
    """Whether a command line asks for JSON, so that its errors are JSON too, even before it is understood."""
    own = options_of(arguments)
    return "--json" in own or "--format=json" in own or ("--format", "json") in pairwise(own)
