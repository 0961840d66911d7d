"""Sequences that terminals obey, and signs that hide or reorder text: what hostile portals and files are made of."""

from __future__ import annotations

from itertools import product

_INTRODUCERS = ("\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x9b", "\x9d", "\x90", "\x9f", "\x9e", "\x98")
_BODIES = (
    "2J", "31m", "?1049h", "6n", "0c", "1;1H", "0;title",
    "52;c;aGk=", "8;;http://x.example/", "1337;File=inline=1:eA==",
    "Ga=T;eA==", '$q"p', "+q544e", "4;1;?", "10;?", "777;notify;x;y", "9;4;1;50",
)  # fmt: skip
_ENDS = ("", "\x07", "\x1b\\", "\x9c")
_ALONE = (
    "\x1b", "\x1bc", "\x1b7", "\x1b(0", "\x1b#8", "\x00", "\x07", "\x08", "\x0b", "\x0c", "\x0e", "\x7f", "\x85",
    "\x9b", "\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200b", "\u200e",
    "\u200f", "\u2028", "\u2029", "\ufeff", "\xad\u200b", "\U000e0041", "\u3164", "\x0d", "a\x0db", "[red]x[/red]",
    "[link=http://x]y[/link]",
)  # fmt: skip

SEQUENCES = (*_ALONE, *("".join(parts) for parts in product(_INTRODUCERS, _BODIES, _ENDS)))
_ALLOWED = {"\n", "\t"}


def steering(text: str) -> set[str]:
    """The signs in what was printed that a terminal would obey, or that hide or reorder what is read."""
    return {
        sign
        for sign in text.replace("\r\n", "\n")
        if sign not in _ALLOWED
        and (
            ord(sign) < 0x20
            or 0x7F <= ord(sign) < 0xA0
            or 0x202A <= ord(sign) <= 0x202E
            or 0x2066 <= ord(sign) <= 0x2069
            or sign in "\u200b\u200e\u200f\u2028\u2029\ufeff\U000e0041"
        )
    }
