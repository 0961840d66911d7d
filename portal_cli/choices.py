"""What the command line of this run has chosen: a format, whose records, which columns, in what order.

It knows nothing of the library that reads command lines, so that the quick door can do without it.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class Format(StrEnum):
    """How a listing is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


class Meant(NamedTuple):
    """Whose records this run is about, as typed; with `is_read` people read what it says, and no program."""

    portal: str | None = None
    patient: str | None = None
    every: bool = False
    is_read: bool = False


class Arrangement(NamedTuple):
    """How a listing is arranged: its columns, none for all; the one it is sorted by, with `-` backwards; where it ends.

    A `limit` is here only for commands that have none of their own; 0 is all, None not said.
    """

    columns: tuple[str, ...] = ()
    sort: str = ""
    limit: int | None = None


EVERYBODY = Meant()
AS_IT_IS = Arrangement()
_RUN: dict[str, Meant] = {"meant": EVERYBODY}
_LISTING: dict[str, Arrangement] = {"arrangement": AS_IT_IS}


def meant() -> Meant:
    """Whose records the command that runs now is about."""
    return _RUN["meant"]


def mean(whose: Meant) -> None:
    """Settle whose records the command that runs now is about."""
    _RUN["meant"] = whose


def arrangement() -> Arrangement:
    """How the listing of this run is arranged."""
    return _LISTING["arrangement"]


def arrange(wanted: Arrangement) -> None:
    """Settle how the listing of this run is arranged."""
    _LISTING["arrangement"] = wanted


def options_of(arguments: list[str]) -> list[str]:
    """The part of a command line in which options are options: what stands before `--`."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def wants_json(arguments: list[str]) -> bool:
    """Whether a command line asks for JSON, so that its errors are JSON too, even before it is understood."""
    own = options_of(arguments)
    return "--json" in own or "--format=json" in own or ("--format", "json") in pairwise(own)
