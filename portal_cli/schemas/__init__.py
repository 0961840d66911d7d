"""The JSON Schemas of what commands print with `--json`: one file a command, made from the typed values.

`answers` says which value each command prints, `making` makes schemas of them and writes the files. At run time only
the files are read.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDING = ".json"


def names() -> tuple[str, ...]:
    """Every command that has a schema, such as `labs list`, in the order of the alphabet."""
    folder = resources.files(__name__)
    found = (entry.name for entry in folder.iterdir() if entry.name.endswith(_ENDING))
    return tuple(sorted(name.removesuffix(_ENDING).replace(".", " ") for name in found))


def text(words: Sequence[str]) -> str | None:
    """The schema of a command, as it is committed; None where it has none.

    A noun alone is what its command line is without another word: `labs` is `labs list`, `sync` is `sync run`.
    """
    said, known = " ".join(words), names()
    name = next((one for one in (said, f"{said} list", f"{said} run") if one in known), None)
    return name and (resources.files(__name__) / file_name(name)).read_text(encoding="utf-8")


def near(words: Sequence[str]) -> tuple[str, ...]:
    """The commands with a schema that may be meant: those of the same noun, else those that are written alike."""
    # Deferred: only what has no schema needs it.
    from difflib import get_close_matches  # noqa: PLC0415

    said, known = " ".join(words), names()
    of_noun = tuple(name for name in known if name.startswith(f"{said} "))
    return of_noun or tuple(get_close_matches(said, known))


def file_name(command: str) -> str:
    """The file of a command's schema."""
    return command.replace(" ", ".") + _ENDING
