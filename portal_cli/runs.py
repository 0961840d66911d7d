"""A run of the program: the one place where errors become words and an exit code, however it was called."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from portal_cli import choices, diagnostics, everywhere, log_file, output, process, undecoded
from portal_cli.choices import wants_json
from portal_cli.diagnostics import ExitCode
from portal_cli.problems import Ended
from store import memory
from store.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Callable


def perform(given: list[str], work: Callable[[], int], path: Callable[[], str]) -> int:
    """Do the work of a command line and return its exit code; `path` tells which command it has called."""
    everywhere.begin(given)
    choices.arrange(choices.AS_IT_IS)
    try:
        code = _perform(given, work, path)
    except KeyboardInterrupt:  # while an error was being told
        code = ExitCode.INTERRUPTED
    with suppress(PortalError):  # what was done is done, and a log that cannot be begun was told of
        log_file.end(code, path)
    return code


def _perform(given: list[str], work: Callable[[], int], path: Callable[[], str]) -> int:
    as_json = wants_json(given)
    output.prepare()
    memory.forbid_core_files()
    memory.share_arenas()
    try:
        undecoded.check_arguments(given)
        log_file.begin()
        with process.ending_in_order():
            code = _done(work)
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


def _done(work: Callable[[], int]) -> int:
    """Do the work, and show what it held back because it is long: by then the vault is closed."""
    try:
        return work()
    finally:
        output.finish()


def trace(error: Exception) -> None:
    """Tell where an error came from, to whoever asked for it."""
    with suppress(PortalError):  # a log that cannot be written is what is told already, or less than the error
        log_file.error(error)
    if everywhere.now().debug:
        diagnostics.show_traceback(error)
