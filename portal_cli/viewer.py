"""The viewer of this system: handed a file, and waited for, so that the file can be removed when it was seen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from portal_cli import diagnostics, prompts
from portal_cli.problems import ViewerFailed

if TYPE_CHECKING:
    from pathlib import Path

_SILENT_SECONDS = 60  # how long a file stays where nobody can say that it was seen


def check() -> None:
    """Make sure that there is a viewer, before anything is taken out of the vault. Raises ViewerFailed."""
    _command()


def show(path: Path) -> None:
    """Show a file, and return when it was seen. Raises ViewerFailed where that cannot be."""
    command, is_waited_for = _command()
    try:
        done = subprocess.run(  # noqa: S603 - the viewer that this system, or its owner, names
            [*command, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise ViewerFailed("the viewer could not be started") from error
    if done.returncode:
        raise ViewerFailed(f"the viewer failed (exit code {done.returncode})")
    if not is_waited_for:
        _wait()


def _command() -> tuple[list[str], bool]:
    """How the viewer is called, and whether it ends only when the file was seen."""
    if own := os.environ.get("PORTAL_VIEWER", "").strip():
        try:
            return shlex.split(own), True
        except ValueError as error:
            raise ViewerFailed("PORTAL_VIEWER is no command") from error
    if sys.platform == "darwin":
        return ["open", "-W"], True
    has_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if has_screen and (opener := shutil.which("xdg-open")):
        return [opener], False
    raise ViewerFailed("there is no viewer on this system")


def _wait() -> None:
    if prompts.can_answer():
        prompts.visible("Press Enter when you have seen it; the file is removed then. ")
        return
    diagnostics.note(f"The file is removed in {_SILENT_SECONDS} seconds.")
    time.sleep(_SILENT_SECONDS)
