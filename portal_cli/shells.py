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
def named(words: list[str]) -> Iterator[None]:
    """Have the library take the shell that a line names, while it makes its options; where none is named, it looks."""
    if not _is_named(words):
        yield
        return
    os.environ[_NAMED] = "1"
    try:
        yield
    finally:
        del os.environ[_NAMED]


def check(words: list[str]) -> None:
    """Raise Misused where a line asks for completion, names no shell, and it cannot be told which has called."""
    asked = next((word for word in words if word in _OPTIONS), None)
    if asked and not _is_named(words) and not _is_known():
        raise Misused("which shell this is cannot be told", f"Name it, such as `portal {asked} bash`.")


def _is_named(words: list[str]) -> bool:
    return any(word.startswith(tuple(f"{option}=" for option in _OPTIONS)) for word in words) or any(
        word in _OPTIONS and not after.startswith("-") for word, after in pairwise(words)
    )


def _is_known() -> bool:
    import shellingham  # noqa: PLC0415 - only this question needs it

    try:
        shellingham.detect_shell()
    except shellingham.ShellDetectionFailure:
        return False
    return True
