"""Notices on the desktop: `notify-send` or `osascript`, run with plain arguments and without a shell."""

from __future__ import annotations

import html
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from store.errors import NoticeFailed

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 10
_TITLE = "portal"
_SCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


def show(
    text: str,
    platform: str = sys.platform,
    find: Callable[[str], str | None] = shutil.which,
    seconds: float = _SECONDS,
) -> None:
    """Show a notice on the desktop. Raises NoticeFailed; a program that gives no answer is ended and has failed."""
    name = "osascript" if platform == "darwin" else "notify-send"
    program = find(name)
    if program is None:
        raise NoticeFailed(f"there is no `{name}` on this computer")
    try:
        done = subprocess.run(  # noqa: S603 - a program of the desktop's, with plain arguments
            [program, *_arguments(name, text)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoticeFailed(f"`{name}` gave no answer within {seconds:g} seconds") from error
    except OSError as error:
        raise NoticeFailed(f"`{name}` cannot be run") from error
    if done.returncode:
        raise NoticeFailed(f"`{name}` ended with {done.returncode}")


def _arguments(name: str, text: str) -> list[str]:
    """What the program is told; a desktop reads the body of `notify-send` as markup."""
    if name == "osascript":
        return ["-e", _SCRIPT, _TITLE, text]
    return ["--app-name=portal", "--", _TITLE, html.escape(text, quote=False)]
