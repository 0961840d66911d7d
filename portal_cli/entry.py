"""Where the program begins: an interrupt while it is still being loaded ends it as quietly as any other."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line of this process, and exit with its code."""
    try:
        from portal_cli.main import run  # noqa: PLC0415 - loading is what an interrupt may fall into

        code = run()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(code)
