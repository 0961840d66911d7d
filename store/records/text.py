"""The one place where text from a portal or a user is made harmless to a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Shown instead of what could steer a terminal, reorder what is read, or hide: control characters other than
# newline and tab, bidirectional overrides and marks, zero-width and other invisible format characters, line and
# paragraph separators, tags, and surrogates, which no encoder accepts.
_CONTROL_PICTURES = 0x2400
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_DELETE_PICTURE = "\N{SYMBOL FOR DELETE}"
# Letters by name that show nothing, so that words can hide between them (Unicode Default_Ignorable_Code_Point).
_INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0} | set(range(0xE0100, 0xE01F0))
_KEPT_FORMAT = {0x200C, 0x200D, 0x00AD}  # joiners that scripts and emoji need, and the soft hyphen
_TAB_AND_NEWLINE = {0x09, 0x0A}
_LAST_OF_C0 = 0x1F
_MOST_KEPT = 20_000


class _Shown(dict[int, str]):
    """What is shown for each character, worked out when one is met: a table of all of them takes longer than a list."""

    def __missing__(self, point: int) -> str:
        shown = _shown(chr(point), point)
        if len(self) < _MOST_KEPT:  # hostile text may have every character that there is
            self[point] = shown
        return shown


def _shown(character: str, point: int) -> str:
    category = unicodedata.category(character)
    if category == "Cc" and point not in _TAB_AND_NEWLINE:
        return chr(_CONTROL_PICTURES + point) if point <= _LAST_OF_C0 else _REPLACEMENT
    if (category == "Cf" and point not in _KEPT_FORMAT) or category in {"Cs", "Zl", "Zp"} or point in _INVISIBLE:
        return _REPLACEMENT
    return character


_table = _Shown({0x7F: _DELETE_PICTURE})


class Safe(str):
    """Text that holds nothing a terminal would obey. Made by `sanitize` and by nothing else."""

    __slots__ = ()


def sanitize(text: str) -> Safe:
    """Return `text` with every control, override and invisible character shown as a visible sign.

    Newlines and tabs stay; a carriage return before a newline is dropped.
    """
    if text.isascii() and text.isprintable():
        return Safe(text)
    return Safe(text.replace("\r\n", "\n").translate(_table))


def all_sanitized(texts: Sequence[str]) -> list[Safe]:
    """Each of some texts as `sanitize` returns it: where all of them are plain, that is seen at once."""
    together = "".join(texts)
    return list(map(Safe if together.isascii() and together.isprintable() else sanitize, texts))


def one_line(text: str) -> Safe:
    """Return `text` made safe and on one line: every run of white space is one space."""
    if is_plain_line(text):
        return Safe(text)
    return Safe(" ".join(sanitize(text).split()))


def is_plain_line(text: str) -> bool:
    """Whether `one_line` would leave a text as it is, told at little cost; most that portals send is so."""
    if not (text.isascii() and text.isprintable()):
        return False
    return " " not in text or not ("  " in text or text[0] == " " or text[-1] == " ")


EMPTY = Safe("")
