"""The JSON Schemas of what commands print with `--json`: one file a command, made from the typed values.

`answers` says which value each command prints, `making` makes schemas of them and writes the files. At run time only
the files are read.
"""

from __future__ import annotations

import re
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
    """The schema of a command, as it is committed; None where it has none."""
    name = " ".join(words)
    if not re.fullmatch(r"[a-z -]+", name) or name not in names():
        return None
    return (resources.files(__name__) / file_name(name)).read_text(encoding="utf-8")


def file_name(command: str) -> str:
    """The file of a command's schema."""
    return command.replace(" ", ".") + _ENDING
