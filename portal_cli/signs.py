"""What stands for a sign where the encoding of a terminal, such as ASCII, has none: other signs, or its number."""

from __future__ import annotations

import codecs

ERRORS = "portal-signs"
"""The name to give as `errors` to a stream that is to be written so."""

_STAND_INS = {
    "→": "->", "←": "<-", "↻": "~", "…": "...", "·": "-", "●": "*", "◆": "*", "○": "o", "▸": ">", "✓": "+", "✗": "x",
    "▲": "^", "▼": "v", "»": ">>", "«": "<<", "≤": "<=", "≥": ">=", "─": "-", "│": "|", "┤": "|", "└": "+", "░": ":",
    "“": '"', "”": '"', "„": '"', "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{EN DASH}": "-", "—": "--", "\N{MULTIPLICATION SIGN}": "x", "\N{NO-BREAK SPACE}": " ",
    "²": "^2", "³": "^3", "⁶": "^6", "⁹": "^9", "₂": "2", "µ": "u", "\N{GREEK SMALL LETTER MU}": "u", "°": "deg",
}  # fmt: skip


def register() -> None:
    """Let streams be written so."""
    codecs.register_error(ERRORS, _written_otherwise)


def _written_otherwise(error: UnicodeError) -> tuple[str, int]:
    """What is written in place of what cannot be, and where to go on; letters are told by their numbers."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unwritten = error.object[error.start : error.end]
    return "".join(_STAND_INS.get(sign) or _number(sign) for sign in unwritten), error.end


def _number(sign: str) -> str:
    return sign.encode("ascii", "backslashreplace").decode("ascii")
