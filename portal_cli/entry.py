"""Where the program begins: an interrupt while it is still being loaded ends it as quietly as any other."""

from __future__ import annotations

import os
import sys

from portal_cli import __version__

_INTERRUPTED, _CLOSED = 130, 141  # as in diagnostics.ExitCode


def main() -> None:
    """Run the command line of this process, and exit with its code."""
    asked = os.environ.get("_PORTAL_COMPLETE", "")
    if sys.stdout is not None and (sys.argv[1:] == ["--version"] or asked.startswith("complete_")):
        told = _tell(f"portal {__version__}\n") if sys.argv[1:] == ["--version"] else _complete(asked)
        os._exit(told)  # what Python would do at its end takes as long as what was done
    try:
        # Loading is what an interrupt may fall into.
        from portal_cli import quick  # noqa: PLC0415

        code = quick.run(sys.argv[1:])
        if code is None:
            from portal_cli.main import run  # noqa: PLC0415 - as above

            code = run()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(code)


def _complete(asked: str) -> int:
    """Answer a shell; one that is not known gets nothing."""
    try:
        from portal_cli import completion  # noqa: PLC0415 - as above

        shell = asked.removeprefix("complete_")
        if shell not in completion.SHELLS:
            return 1
        text, code = completion.answer(shell)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return _tell(f"{text}\n" if text else "") or code


def _tell(text: str) -> int:
    """Write what was asked for with little else loaded: what asks for it often is a script, or waits for a key."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        return _CLOSED
    except OSError as error:
        sys.stderr.write(f"portal: the output cannot be written: {(error.strerror or '').lower()}\n")
        return 1
    return 0
