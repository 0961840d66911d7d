"""The commands of the program, and the run of one of them as it was typed."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
import typer.main

from portal_cli import __version__, aliases, diagnostics, everywhere, output, runs, shells
from portal_cli.choices import wants_json
from portal_cli.diagnostics import ExitCode
from portal_cli.groups import LazyGroup, path_of

_HELP = """Your patient portal at the terminal: records, results, appointments, messages and refills.

Everything rests in one encrypted vault on this computer and can be read without a connection.

\b
  portal demo                        try it with made-up patients
  portal login https://ADDRESS/fhir  sign in to your portal
  portal sync                        fetch what is new
"""

app = typer.Typer(
    cls=LazyGroup,
    help=_HELP,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - the signature is the library's
    if not wanted:
        return
    output.text(f"portal {__version__}")
    raise typer.Exit(ExitCode.OK)


@app.callback(invoke_without_command=True)
def _root(  # noqa: PLR0913 - each is an option
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Tell what happens inside and where an error came from; works anywhere.")
    ] = False,
    spoken: Annotated[
        bool, typer.Option("--accessible", help="Speak in lines and words, for listening; works anywhere.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Say nothing but data, errors and questions; works anywhere.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell what is done; works anywhere.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="Ask nobody anything; works anywhere.")] = False,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Print long texts as they are; works anywhere.")] = False,
    log_file: Annotated[
        str | None, typer.Option("--log-file", metavar="FILE", help="Add what happens to a file; works anywhere.")
    ] = None,
) -> None:
    del version, debug, spoken, quiet, verbose, no_input, no_pager, log_file  # read by run(), but for the first
    if context.invoked_subcommand is None:
        # Deferred: only `portal` alone shows the card.
        from portal_cli.commands.status import welcome  # noqa: PLC0415

        welcome(context.get_help())


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    words = everywhere.read(given)[1]
    with shells.named(words):
        root = typer.main.get_command(app)

    def work() -> int:
        everywhere.check(given)
        shells.check(words)
        words[:] = aliases.expanded(words)
        return _call(root, words, as_json=wants_json([*given, *words]))

    return runs.perform(given, work, lambda: path_of(root, words))


def _call(root: Any, words: list[str], *, as_json: bool) -> int:
    try:
        result = root.main(words, prog_name="portal", standalone_mode=False)
    except typer.TyperException as error:
        runs.trace(error)
        return diagnostics.report_usage(error, as_json=as_json)
    except typer.Abort:
        return ExitCode.INTERRUPTED
    return result if isinstance(result, int) else ExitCode.OK
