"""The entry point: runs a command line, and is the one place where errors become words and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
import typer.main

from portal_cli import __version__, accessible, diagnostics, output, process
from portal_cli.diagnostics import ExitCode
from portal_cli.groups import LazyGroup
from portal_cli.options import options_of, wants_json
from portal_cli.registry import COMMANDS
from store import memory
from store.errors import PortalError

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
def _root(
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
) -> None:
    del version, debug, spoken  # the first has ended the run by now, the others are read by run()
    if context.invoked_subcommand is None:
        # Deferred: only `portal` alone shows the card.
        from portal_cli.commands.status import welcome  # noqa: PLC0415

        welcome(context.get_help())


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(given)
    except KeyboardInterrupt:  # while an error was being told
        return ExitCode.INTERRUPTED


def _run(given: list[str]) -> int:
    as_json, debug = wants_json(given), "--debug" in options_of(given)
    diagnostics.begin(debugging=debug)
    accessible.begin(wanted=accessible.OPTION in options_of(given))
    output.prepare()
    memory.forbid_core_files()
    memory.share_arenas()
    try:
        with process.ending_in_order():
            code = _call(_without_everywhere(given))
    except PortalError as error:
        _trace(error, wanted=debug)
        return diagnostics.report(error, _command(given), as_json=as_json)
    except typer.TyperException as error:
        _trace(error, wanted=debug)
        return diagnostics.report_usage(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can put it into words
        _trace(error, wanted=debug)
        return diagnostics.report_unexpected(error, as_json=as_json)
    return diagnostics.report_interrupted(as_json=as_json) if code == ExitCode.INTERRUPTED else code


def _call(arguments: list[str]) -> int:
    result = typer.main.get_command(app).main(arguments, prog_name="portal", standalone_mode=False)
    return result if isinstance(result, int) else ExitCode.OK


def _without_everywhere(arguments: list[str]) -> list[str]:
    own = options_of(arguments)
    return [word for word in own if word not in {"--debug", accessible.OPTION}] + arguments[len(own) :]


def _command(arguments: list[str]) -> str:
    return f"portal {arguments[0]}" if arguments and arguments[0] in COMMANDS else "portal"


def _trace(error: Exception, *, wanted: bool) -> None:
    if wanted:
        diagnostics.show_traceback(error)
