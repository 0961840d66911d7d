"""Options that many commands share, spelled once."""

from __future__ import annotations

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
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", min=0, help="How many to print; 0 is all. A table on a terminal has 30, anything else all."
    ),
]


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
