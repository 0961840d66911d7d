"""Bytes from outside that are no text in this terminal's encoding: nobody knows what was meant, so it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.problems import Misused

if TYPE_CHECKING:
    from collections.abc import Callable

_HINT = "Use a UTF-8 locale, such as `LC_ALL=C.UTF-8`, and text that is in UTF-8."


def check_arguments(given: list[str]) -> None:
    """Refuse a command line of which a part could not be decoded: it would be sent or kept as other text."""
    for number, word in enumerate(given, start=1):
        if not _is_text(word):
            raise Misused(f"word {number} of the command line is no text in the encoding of this terminal", _HINT)


def read(reading: Callable[[], str]) -> str:
    """What `reading` gives. Raises Misused where it could not be decoded."""
    try:
        typed = reading()
    except UnicodeDecodeError as error:
        raise _refusal() from error
    if not _is_text(typed):
        raise _refusal()
    return typed


def _is_text(typed: str) -> bool:
    """Whether all of it was decoded: Python keeps a byte that it cannot decode as a surrogate."""
    try:
        typed.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal() -> Misused:
    return Misused("what was typed is no text in the encoding of this terminal", _HINT)
