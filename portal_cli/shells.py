"""The shell whose completion is asked for: the one that is named, else the one that has called this program."""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from portal_cli.problems import Misused

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPTIONS = ("--install-completion", "--show-completion")
_NAMED = "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"  # with it the library's options take the name of a shell


@contextmanager
def read(words: list[str]) -> Iterator[Misused | None]:
    """Have the library take the shell that a line names, while it makes its options; where none is named, it looks.

    Gives what is wrong when none is named and it cannot be told which has called.
    """
    asked = next((word.partition("=")[0] for word in words if word.startswith(_OPTIONS)), None)
    is_named = any(word.startswith(tuple(f"{option}=" for option in _OPTIONS)) for word in words) or any(
        word in _OPTIONS and not after.startswith("-") for word, after in pairwise(words)
    )
    trouble = None
    if asked in _OPTIONS and not is_named and not _is_known():
        trouble = Misused("which shell this is cannot be told", f"Name it, such as `portal {asked} bash`.")
    if is_named:
        os.environ[_NAMED] = "1"
    try:
        yield trouble
    finally:
        if is_named:
            del os.environ[_NAMED]


def _is_known() -> bool:
    import shellingham  # noqa: PLC0415 - only this question needs it

    try:
        shellingham.detect_shell()
    except shellingham.ShellDetectionFailure:
        return False
    return True
