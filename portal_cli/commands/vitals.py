"""`portal vitals`: vital signs, listed, shown and followed over time."""

from __future__ import annotations

from typing import Annotated

import typer

from portal_cli import result_commands, views
from portal_cli.groups import NamedListingGroup
from portal_cli.options import (
    BetweenOption,
    FormatOption,
    JsonOption,
    LimitOption,
    SinceOption,
    examples,
    scoped,
)

app = typer.Typer(
    cls=NamedListingGroup,
    help="List vital signs, show one, or follow one over time; `list` is meant when nothing else is said.",
)


@app.command(
    "list",
    epilog=examples(
        "portal vitals",
        "portal vitals weight --format csv",
    ),
)
@scoped
def list_results(
    name: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Part of a measurement's name, or its LOINC code.")
    ] = None,
    abnormal: Annotated[bool, typer.Option("--abnormal", help="Only those that are out of range.")] = False,
    since: SinceOption = None,
    between: BetweenOption = None,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List vital signs, newest first, each with the value before it."""
    from portal_cli import listings

    how = listings.how(format_, as_json=as_json, limit=limit)
    wanted = result_commands.Wanted(
        " ".join(name or ()) or None, "vital", abnormal=abnormal, since=since, between=between
    )
    result_commands.show_list(wanted, views.VITALS, how)


@app.command(epilog=examples("portal vitals show ID", "portal vitals show ID --accessible"))
@scoped
def show(
    result: Annotated[str, typer.Argument(metavar="RESULT", help="Id of the measurement, or `Type/id`.")],
    as_json: JsonOption = False,
) -> None:
    """Show one measurement in full: value, range, flag, parts, and what was before."""
    result_commands.show_one(result, as_json=as_json)


@app.command(
    epilog=examples(
        "portal vitals trend weight --since 2y",
        "portal vitals trend blood pressure",
    )
)
@scoped
def trend(
    name: Annotated[list[str], typer.Argument(metavar="NAME", help="Part of a measurement's name, or its LOINC code.")],
    since: SinceOption = None,
    between: BetweenOption = None,
    as_json: JsonOption = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=0, help="How many values to list below the chart; 0 is all. On a terminal 12."),
    ] = None,
) -> None:
    """Follow one measurement over time: a chart, its range, numbers and values, of all portals together."""
    wanted = result_commands.Wanted(" ".join(name), "vital", since=since, between=between)
    result_commands.show_trend(wanted, limit, as_json=as_json)
