"""Where the program begins: an interrupt while it is still being loaded ends it as quietly as any other."""

from __future__ import annotations

import os
import sys

from portal_cli import __version__

_INTERRUPTED, _CLOSED = 130, 141  # as in diagnostics.ExitCode


def main() -> None:
    """Run the command line of this process, and exit with its code."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        os._exit(_tell_version())  # what Python would do at its end takes as long as what was done
    asked = os.environ.get("_PORTAL_COMPLETE", "")
    if asked.startswith("complete_") and sys.stdout is not None:
        sys.exit(_complete(asked.removeprefix("complete_")))
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


def _complete(shell: str) -> int:
    """Answer a shell; one that is not known gets nothing."""
    from portal_cli import completion  # noqa: PLC0415 - as above

    if shell not in completion.SHELLS:
        return 1
    text, code = completion.answer(shell)
    sys.stdout.write(f"{text}\n" if text else "")
    return code


def _tell_version() -> int:
    """Tell the version without loading anything: what asks for it is often a script that asks often."""
    try:
        sys.stdout.write(f"portal {__version__}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return _CLOSED
    except OSError as error:
        sys.stderr.write(f"portal: the output cannot be written: {(error.strerror or '').lower()}\n")
        return 1
    return 0
