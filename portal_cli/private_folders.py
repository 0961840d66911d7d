"""Private folders for what an editor works on: in memory where the system has such a place, and what killed runs left.

A folder is of the run whose number is in its name. Beside the text it notes the number of the editor, and the draft
that the text was kept as so far.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder made by mkdtemp inside it is private
_PREFIX = "portal-edit-"
_DRAFT, _EDITOR = ".draft", ".editor"
MESSAGE = "message.txt"


@dataclass(frozen=True)
class Left:
    """What a killed run left: the text as it was saved last, and the draft of it, empty where it was never kept."""

    file: Path
    draft: str

    def remove(self) -> None:
        """Remove it, unless its editor is still open."""
        if not _is_in_use(self.file.parent):
            shutil.rmtree(self.file.parent, ignore_errors=True)


@contextmanager
def made() -> Iterator[Path]:
    """A folder that only this user may enter, gone afterwards."""
    base = _base()
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def note_editor(folder: Path, process: int) -> None:
    """Note which editor works in a folder, so that it keeps its file when this run is killed."""
    (folder / _EDITOR).write_text(str(process), "ascii")


def note_draft(folder: Path, draft: str) -> None:
    """Note as which draft the text in a folder is kept."""
    (folder / _DRAFT).write_text(draft, "ascii")


def left() -> list[Left]:
    """The messages that killed runs left."""
    files = [folder / MESSAGE for folder in _of_dead_runs(_base())]
    return [Left(file, _noted(file.parent / _DRAFT)) for file in files if _has_text(file)]


def _base() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    places = [*([Path(runtime)] if runtime else []), _IN_MEMORY]
    return next((place for place in places if os.access(place, os.W_OK | os.X_OK)), Path(tempfile.gettempdir()))


def _sweep(base: Path) -> None:
    """Remove what earlier runs left there because they were killed, but for messages, which are somebody's words."""
    for folder in _of_dead_runs(base):
        if not _has_text(folder / MESSAGE) and not _is_in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _of_dead_runs(base: Path) -> Iterator[Path]:
    if os.name != "posix":
        return
    for folder in sorted(base.glob(f"{_PREFIX}*")):
        number = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if folder.stat().st_uid == os.getuid() and not _is_alive(number):
            yield folder


def _is_in_use(folder: Path) -> bool:
    return _is_alive(_noted(folder / _EDITOR) or "none")


def _has_text(file: Path) -> bool:
    try:
        return bool(file.read_bytes().strip())
    except OSError:
        return False


def _noted(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _is_alive(process: str) -> bool:
    """Whether a process of a number runs; what is no number counts as none."""
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
