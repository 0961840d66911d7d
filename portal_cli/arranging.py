"""Options that every listing has, whatever its command: `--columns`, `--sort`, and `--limit` where it has none."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import typer
import typer.main

from portal_cli import choices
from portal_cli.options import FORMAT_HELP


def add_to(command: Any) -> None:
    """Give a command these options, if it is a listing and has none of that name."""
    if not any(getattr(option, "help", None) == FORMAT_HELP for option in command.params):
        return
    known = {option.name for option in command.params}
    end = next(number for number, option in enumerate(command.params) if option.name == "format_") + 1
    command.params[end:end] = [option for option in _options() if option.name not in known]


@cache
def _options() -> list[Any]:
    """The options, as the library makes them; what they say goes into `choices`, and to no command."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def listing(
        columns: Annotated[
            str | None,
            typer.Option(
                "--columns",
                metavar="A,B",
                callback=_columns,
                help="Only these columns, named as in CSV and JSON.",
            ),
        ] = None,
        sort: Annotated[
            str | None,
            typer.Option("--sort", metavar="COLUMN", callback=_sort, help="Sort by a column; `-COLUMN` backwards."),
        ] = None,
        limit: Annotated[
            int | None, typer.Option("--limit", min=0, callback=_limit, help="How many to print; 0 is all.")
        ] = None,
    ) -> None:
        del columns, sort, limit

    found = typer.main.get_command(app).params
    for option in found:
        option.expose_value = False
    return list(found)


def _columns(wanted: str | None) -> None:
    names = tuple(name.strip() for name in (wanted or "").split(",") if name.strip())
    choices.arrange(choices.arrangement()._replace(columns=names))


def _sort(wanted: str | None) -> None:
    choices.arrange(choices.arrangement()._replace(sort=(wanted or "").strip()))


def _limit(wanted: int | None) -> None:
    choices.arrange(choices.arrangement()._replace(limit=wanted))
