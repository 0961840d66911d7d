"""Options that say which records are meant, for every command that takes some of them."""

from __future__ import annotations

from typing import Annotated

import typer

CodeOption = Annotated[
    str | None, typer.Option("--code", metavar="CODE", help="Only those with this code, such as 4548-4.")
]
StatusOption = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS", help="Only in this status; may be said more than once."),
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only since then: `30d`, `6w`, `18m`, `2y`, or a date.")
]
BetweenOption = Annotated[
    str | None, typer.Option("--between", metavar="A..B", help="Only of these days, months or years, both included.")
]
ClinicianOption = Annotated[
    str | None, typer.Option("--clinician", metavar="NAME", help="Only those that name this clinician or practice.")
]
AbnormalOption = Annotated[bool, typer.Option("--abnormal", help="Only results that are out of range.")]
NewOption = Annotated[bool, typer.Option("--new", help="Only what came or changed since it was last looked at so.")]
KindsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="KIND", help="A noun such as `allergies`, or a FHIR type.")
]
