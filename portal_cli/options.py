"""Options that many commands share, spelled once."""

from __future__ import annotations

import functools
import inspect
import re
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from portal_cli import choices
from portal_cli.choices import Format

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
_NAMED_ALL = ("every", "include_past")  # parameters that are `--all` in a command of its own

FORMAT_HELP = "How to print the list."  # by it a command is known to be a listing
FormatOption = Annotated[Format | None, typer.Option("--format", help=FORMAT_HELP, show_default="table")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do it without being asked.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")]
NoteOption = Annotated[
    str | None, typer.Option("--note", help="A few words to the practice; `-` reads them from stdin.")
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", min=0, help="How many to print; 0 is all. A table on a terminal has 30, anything else all."
    ),
]

SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only from then on: 2y, 18m, 6w, 30d ago, or a day, month or year."),
]
BetweenOption = Annotated[
    str | None,
    typer.Option("--between", metavar="A..B", help="Only from A to B, both included, such as 2024-01..2024-06."),
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


_SCOPE = {
    "of_portal": Annotated[
        str | None, typer.Option("--portal", metavar="PORTAL", help="Only of this portal: its name or address.")
    ],
    "of_patient": Annotated[
        str | None, typer.Option("--patient", metavar="PATIENT", help="Only of this patient: the name, or the id.")
    ],
    "of_all": Annotated[
        bool, typer.Option("--all", help="Of every portal and patient, whatever `portal portals use` has chosen.")
    ],
}


def scoped(command: Callable[P, None]) -> Callable[P, None]:
    """Give a command the options `--portal`, `--patient` and `--all`, which say whose records it is about.

    A command that has an `--all` of its own, for past things too, means all portals and patients by it as well.
    """
    own = inspect.signature(command, eval_str=True)
    own_all = next((name for name in _NAMED_ALL if name in own.parameters), None)
    added = {name: kind for name, kind in _SCOPE.items() if not (own_all and name == "of_all")}

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        typed: dict[str, Any] = {name: kwargs.pop(name, None) for name in added}
        every = bool(kwargs.get(own_all)) if own_all else bool(typed.get("of_all"))
        is_read = not kwargs.get("as_json") and kwargs.get("format_") in {None, Format.TABLE}
        choices.mean(choices.Meant(typed["of_portal"], typed["of_patient"], every, is_read))
        try:
            command(*args, **kwargs)
        finally:
            choices.mean(choices.EVERYBODY)

    defaults = {"of_portal": None, "of_patient": None, "of_all": False}
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=kind)
        for name, kind in added.items()
    ]
    run.__annotations__ = {**command.__annotations__, **added}
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined] # what inspect reads
    return run
