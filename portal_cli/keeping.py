"""Documents kept as files: where, under what names, and a question before one is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portal_cli import prompts
from portal_cli.problems import Misused
from store.errors import FileInTheWay
from store.records.text import one_line
from store.services import placing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.services.documents import File


def keep(files: Iterator[File], target: str, *, force: bool) -> list[str]:
    """Write files into a folder, or the only one at a path. Returns their paths, safe to show.

    Raises FileInTheWay where a file is in the way and nobody says that it may be replaced, Misused.
    """
    path = Path(target).expanduser()
    if target.endswith(("/", "\\")) or path.is_dir():
        return [one_line(str(placing.into_folder(path, file.name, file.parts))) for file in files]
    first = next(files)
    if next(files, None) is not None:
        hint = "Say which with `--number`, or name a folder (it ends with `/`)."
        raise Misused("the record has several documents, and one file was named for them", hint)
    return [one_line(str(_as_file(path, first, force=force)))]


def _as_file(path: Path, file: File, *, force: bool) -> Path:
    try:
        return placing.as_file(path, file.parts, replace=force)
    except FileInTheWay:
        if path.is_dir() or not prompts.can_answer():
            raise
        if not prompts.confirm(f"{one_line(str(path))} is there already. Replace it?", "replacing a file"):
            raise
    return placing.as_file(path, file.parts, replace=True)
