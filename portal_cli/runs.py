"""A run of the program: the one place where errors become words and an exit code, however it was called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import accessible, diagnostics, output, process
from portal_cli.choices import options_of, wants_json
from portal_cli.diagnostics import ExitCode
from portal_cli.problems import Ended
from store import memory
from store.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Callable


def perform(given: list[str], work: Callable[[], int], path: Callable[[], str]) -> int:
    """Do the work of a command line and return its exit code; `path` tells which command it has called."""
    try:
        return _perform(given, work, path)
    except KeyboardInterrupt:  # while an error was being told
        return ExitCode.INTERRUPTED


def _perform(given: list[str], work: Callable[[], int], path: Callable[[], str]) -> int:
    as_json = wants_json(given)
    diagnostics.begin(debugging="--debug" in options_of(given))
    accessible.begin(wanted=accessible.OPTION in options_of(given))
    output.prepare()
    memory.forbid_core_files()
    try:
        with process.ending_in_order():
            code = work()
    except Ended as end:
        code = end.code
    except PortalError as error:
        trace(error)
        return diagnostics.report(error, path(), as_json=as_json)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can put it into words
        trace(error)
        return diagnostics.report_unexpected(error, as_json=as_json)
    return diagnostics.report_interrupted(as_json=as_json) if code == ExitCode.INTERRUPTED else code


def without_everywhere(arguments: list[str]) -> list[str]:
    """A command line without the options that work anywhere in it."""
    own = options_of(arguments)
    return [word for word in own if word not in {"--debug", accessible.OPTION}] + arguments[len(own) :]


def trace(error: Exception) -> None:
    """Tell where an error came from, to whoever asked for it."""
    if diagnostics.is_debugging():
        diagnostics.show_traceback(error)
