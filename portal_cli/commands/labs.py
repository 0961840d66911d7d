"""`portal labs`: laboratory results, listed, shown and followed over time."""

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
    help="List laboratory results, show one, or follow one over time; `list` is meant when nothing else is said.",
)


@app.command(
    "list",
    epilog=examples(
        "portal labs",
        "portal labs glucose --limit 5",
        "portal labs --abnormal --since 2y --json",
    ),
)
@scoped
def list_results(
    name: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Part of a result's name, or its LOINC code.")
    ] = None,
    abnormal: Annotated[bool, typer.Option("--abnormal", help="Only results that are out of range.")] = False,
    since: SinceOption = None,
    between: BetweenOption = None,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List laboratory results, newest first, each with the value before it."""
    from portal_cli import listings

    how = listings.how(format_, as_json=as_json, limit=limit)
    wanted = result_commands.Wanted(
        " ".join(name or ()) or None, "lab", abnormal=abnormal, since=since, between=between
    )
    result_commands.show_list(wanted, views.LABS, how)


@app.command(epilog=examples("portal labs show ID", "portal labs show ID --accessible"))
@scoped
def show(
    result: Annotated[
        str, typer.Argument(metavar="RESULT", help="Id of the result, or `Type/id` of a result or a report.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Show one result in full: value, range, flag, parts, and what was before."""
    result_commands.show_one(result, as_json=as_json)


@app.command(
    epilog=examples(
        "portal labs trend glucose --since 2y",
        "portal labs trend 4548-4 --between 2022..2024",
        "portal labs trend hemoglobin --accessible",
    )
)
@scoped
def trend(
    name: Annotated[list[str], typer.Argument(metavar="NAME", help="Part of a result's name, or its LOINC code.")],
    since: SinceOption = None,
    between: BetweenOption = None,
    as_json: JsonOption = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=0, help="How many values to list below the chart; 0 is all. On a terminal 12."),
    ] = None,
) -> None:
    """Follow one result over time: a chart, its range, numbers and values, of all portals together."""
    wanted = result_commands.Wanted(" ".join(name), since=since, between=between)
    result_commands.show_trend(wanted, limit, as_json=as_json)
