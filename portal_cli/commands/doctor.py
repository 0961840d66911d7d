"""`portal doctor`: a look over this installation, with what to do about each thing that is wrong."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import __version__, context, diagnostics, output, portal_words
from portal_cli.options import JsonOption, examples

if TYPE_CHECKING:
    from store.services.portal_checks import Step

app = typer.Typer()

_NARROW = 60


@app.command(epilog=examples("portal doctor", "portal doctor --offline --json"))
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask no portal whether it can be reached.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look over this installation: its files, vault, keychain, terminal, sign-ins and portals; nothing is changed."""
    with context.client(despite_file=True) as client:
        steps = (_version(), *client.doctor.examine(is_offline=offline), _terminal())
    if as_json:
        output.document({"steps": steps})
    else:
        output.text(portal_words.listed(steps))
    if any(step.outcome == "failed" for step in steps):
        raise typer.Exit(diagnostics.ExitCode.FAILED)


def _version() -> Step:
    from store.records.text import EMPTY, one_line
    from store.services.portal_checks import Outcome, Step

    return Step(one_line("version"), Outcome.OK, one_line(f"portal {__version__}"), EMPTY)


def _terminal() -> Step:
    """Whether this terminal can show what is written."""
    from store.records.text import EMPTY, one_line, sanitize
    from store.services.portal_checks import Outcome, Step

    name, encoding = one_line("terminal"), sys.stdout.encoding or "none"
    kind = os.environ.get("TERM", "unknown")
    columns = shutil.get_terminal_size().columns
    said = one_line(f"{kind}, {columns} columns, {encoding.lower()}")
    if not output.is_terminal():
        return Step(name, Outcome.SKIPPED, one_line(f"stdout is none; {encoding.lower()}"), EMPTY)
    if encoding.lower().replace("-", "") != "utf8":
        remedy = "Set a UTF-8 locale, such as `LANG=C.UTF-8`, to see every name as it is written."
        return Step(name, Outcome.WARNING, said, sanitize(remedy))
    if columns < _NARROW:
        return Step(name, Outcome.WARNING, said, sanitize("Make it wider: tables are cut to fit."))
    return Step(name, Outcome.OK, said, EMPTY)
