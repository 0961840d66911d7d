"""Editing a document in the editor of whoever sits there, where nothing of it stays behind."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from portal_cli import private_folders, prompts
from portal_cli.problems import EditorFailed, Misused, NoTerminal
from store import signals
from store.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Mapping

Keep: TypeAlias = Callable[[str], str]
Stamp: TypeAlias = tuple[int, int, int]

MAX_BYTES = 8 << 20
_PAUSE = 0.5  # seconds between two looks at what an editor has saved
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


def edited(document: str, name: str = "request.json", keep: Keep | None = None) -> bytes:
    """The document, a file of that `name`, as it is when its editor was closed.

    What the editor saves meanwhile is given to `keep`, so that it outlives this program; that gives the draft that it
    is kept as. Raises NoTerminal, EditorFailed.
    """
    if not prompts.can_answer():
        raise NoTerminal(
            "there is no terminal to edit at", "Give the text with `--file FILE`, or `--file -` for stdin."
        )
    command = editor(os.environ)
    with signals.handling(signals.ENDING, signals.end), private_folders.made() as folder:
        path = folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(document.encode("utf-8", "backslashreplace"))
        with signals.handling(("SIGINT",), signals.stay):  # it is for the editor
            code = _run(command, path, keep)
        if code:
            raise EditorFailed("the editor ended with an error, and nothing was changed")
        return given(str(path))


def _run(command: list[str], path: Path, keep: Keep | None) -> int:
    """Run an editor to its end, keeping what it saves; gives its exit code. Raises EditorFailed."""
    seen = _stamp(path)
    try:
        process = subprocess.Popen([*command, str(path)])  # noqa: S603 - the user's own editor
    except OSError as error:
        raise EditorFailed(f"the editor `{command[0]}` cannot be started") from error
    try:
        private_folders.note_editor(path.parent, process.pid)
        while True:
            try:
                return process.wait(_PAUSE if keep else None)
            except subprocess.TimeoutExpired:
                seen = _kept(path, seen, keep)
    except BaseException:
        _kept(path, seen, keep)
        process.kill()
        process.wait()
        raise


def _kept(path: Path, seen: Stamp, keep: Keep | None) -> Stamp:
    """Keep what was saved since a moment; gives the moment of what is kept. What cannot be kept now is tried again."""
    stamp = _stamp(path)
    if keep is None or stamp == seen:
        return seen
    try:
        draft = keep(given(str(path)).decode("utf-8", "replace"))
    except PortalError:  # another program is at work, or the editor is about to put the file there
        return seen
    if draft:
        private_folders.note_draft(path.parent, draft)
    return stamp


def _stamp(path: Path) -> Stamp:
    """What differs as soon as a file was saved, in place or by another one in its place."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


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
