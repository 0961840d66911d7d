"""Editing a document in the editor of whoever sits there, where nothing of it stays behind."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from portal_cli import prompts, signals
from portal_cli.problems import EditorFailed, Misused, NoTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 8 << 20
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder made by mkdtemp inside it is private
_PREFIX = "portal-edit-"
_USUAL = ("sensible-editor", "nano", "vi")
# Editors that would keep a copy elsewhere: no swap file, no history of what was typed and copied, no undo file.
_KEEPS_NOTHING = ("-n", "-i", "NONE", "--cmd", "set nobackup nowritebackup noundofile")
_DISCREET = {"vim": _KEEPS_NOTHING, "nvim": _KEEPS_NOTHING, "gvim": (*_KEEPS_NOTHING, "-f")}


def changed(fhir: bytes, file: str | None) -> bytes:
    """FHIR JSON as somebody changes it: what is in a file, if one is given, else what an editor makes of it.

    Raises Misused, NoTerminal, EditorFailed.
    """
    # Deferred: a file need not be laid out for reading.
    from portal_cli import json_text  # noqa: PLC0415

    return given(file) if file else edited(json_text.encode(json_text.decode(fhir), 2) + "\n")


def given(file: str) -> bytes:
    """What is in a file, or on stdin for `-`. Raises Misused."""
    try:
        if file == "-":
            found = sys.stdin.buffer.read(MAX_BYTES + 1) if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode()
        else:
            with Path(file).open("rb") as stream:
                found = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise Misused(f"{file} cannot be read: {(error.strerror or str(error)).lower()}", "Check its name.") from error
    if len(found) > MAX_BYTES:
        raise Misused(f"{file} is larger than {MAX_BYTES >> 20} MB", "A request is never so large.")
    return found


def edited(document: str, name: str = "request.json") -> bytes:
    """The document, a file of that `name`, as it is when its editor was closed. Raises NoTerminal, EditorFailed."""
    if not prompts.can_answer():
        raise NoTerminal(
            "there is no terminal to edit at", "Give the text with `--file FILE`, or `--file -` for stdin."
        )
    command = editor(os.environ)
    with signals.handling(signals.ENDING, signals.end), _private_folder() as folder:
        path = folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(document.encode("utf-8", "backslashreplace"))
        with signals.handling(("SIGINT",), signals.stay):  # it is for the editor
            try:
                done = subprocess.run([*command, str(path)], check=False)  # noqa: S603 - the user's own editor
            except OSError as error:
                raise EditorFailed(f"the editor `{command[0]}` cannot be started") from error
        if done.returncode:
            raise EditorFailed("the editor ended with an error, and nothing was changed")
        return given(str(path))


def editor(environment: Mapping[str, str]) -> list[str]:
    """The editor's command line: as VISUAL or EDITOR says, else the first there is. Raises EditorFailed."""
    chosen = environment.get("VISUAL") or environment.get("EDITOR")
    try:
        words = shlex.split(chosen) if chosen else []
    except ValueError as error:
        raise EditorFailed("VISUAL or EDITOR is no command") from error
    words = words or [name for name in _USUAL if shutil.which(name)][:1]
    if not words:
        raise EditorFailed("there is no editor")
    return [*words, *_DISCREET.get(Path(words[0]).name, ())]


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder that only this user may enter, in memory where the system has such a place, gone afterwards."""
    base = next((place for place in _places() if os.access(place, os.W_OK | os.X_OK)), Path(tempfile.gettempdir()))
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _places() -> list[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return [*([Path(runtime)] if runtime else []), _IN_MEMORY]


def _sweep(base: Path) -> None:
    """Remove what an earlier run left there because it was killed."""
    if os.name != "posix":
        return
    for folder in base.glob(f"{_PREFIX}*"):
        number = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdecimal() and folder.stat().st_uid == os.getuid() and not _is_alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
