"""The configuration file as it stands there, and in a sentence what is wrong with one that cannot be understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from store.errors import ConfigurationBroken

if TYPE_CHECKING:
    from pathlib import Path

_PLACE = re.compile(r"\(at line (\d+),")
_TWICE = ("Cannot ", "Duplicate ")  # declare, overwrite, mutate, redefine: what stands there already


def read_file(path: Path) -> dict[str, Any]:
    """What stands in a configuration file; nothing where there is none. Raises ConfigurationBroken for no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except IsADirectoryError as error:
        raise _unreadable(path, "it is a folder") from error
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, f"line {line} is not text in UTF-8") from error
    # Deferred: many have no such file.
    import tomllib  # noqa: PLC0415

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, _what_is_wrong(str(error))) from error


def _unreadable(path: Path, why: str) -> ConfigurationBroken:
    return ConfigurationBroken(path, f"{path} cannot be read: {why}")


def _what_is_wrong(theirs: str) -> str:
    """What the reader of TOML says, in a sentence of ours, with the line where it names one."""
    found = _PLACE.search(theirs)
    where = f"line {found[1]}" if found else "its last line"
    if theirs.startswith(_TWICE):
        return f"{where} gives a name that is given above it already"
    return f"{where} cannot be understood; a setting is written as `timeout = 30`"
