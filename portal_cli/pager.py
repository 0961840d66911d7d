"""Long text on a terminal, handed to a pager once the vault is closed; it is harmless by then."""

from __future__ import annotations

import os
import sys

from portal_cli import everywhere, signs
from store import signals

_LESS = ("less", "-FRX")
_NO_PAGER = {"", "cat"}
# A pager that may neither write files nor start programs, and keeps nothing of what was read in it.
_ENVIRONMENT = {"LESSSECURE": "1", "LESSHISTFILE": "-"}


def command() -> list[str] | None:
    """How the pager is called; None where text is to be printed as it is."""
    how = everywhere.now()
    is_watched = sys.stdin.isatty() and sys.stdout.isatty() and not everywhere.is_dumb()
    if not is_watched or how.no_pager or how.no_input or how.accessible:
        return None
    for name in ("PORTAL_PAGER", "PAGER"):
        if name in os.environ:
            wanted = os.environ[name].strip()
            return None if wanted in _NO_PAGER else _split(wanted)
    from shutil import which  # noqa: PLC0415 - only long texts need a pager

    return list(_LESS) if which(_LESS[0]) else None


def show(text: str, called: list[str]) -> bool:
    """Show a text, and return whether that was done; a pager that is not there shows nothing."""
    import subprocess  # noqa: PLC0415 - as in command

    content = text.encode(sys.stdout.encoding, signs.ERRORS)
    with signals.handling(("SIGINT",), signals.stay):  # it is the pager's, which goes on
        try:
            subprocess.run(called, input=content, check=False, env={**os.environ, **_ENVIRONMENT})  # noqa: S603 - the user's own pager, split without a shell
        except OSError:
            return False
    return True


def _split(wanted: str) -> list[str] | None:
    import shlex  # noqa: PLC0415 - as in command

    try:
        words = shlex.split(wanted)
    except ValueError:
        return None
    return [*words, "-FRX"] if words == ["less"] else words
