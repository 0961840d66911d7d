"""A corpus of what a portal could put into a text to steer a terminal, to hide something, or to turn it about."""

from __future__ import annotations

import re
import unicodedata

_ESC = "\x1b"
_ST = ("\x07", "\x1b\\", "\x9c", "")  # the ends of a string, the last of which is none
_STRINGS = (
    "]0;title", "]2;title", "]8;;https://evil.example", "]52;c;ZXZpbA==", "]1337;File=name=eA==:AAAA", "]9;message",
    "]777;notify;a;b", "]10;?", "]11;?", "]4;1;?", "]50;font", "]104", "]133;A", 'P$q"p', "P+q544e", "P1;2|17/17",
    "_Gi=1,a=q;AAAA", "_application", "^privacy", "Xstart of string", "k title",
)  # fmt: skip
_CONTROLS = (
    "2J", "3J", "H", "1;1H", "10A", "10B", "10C", "10D", "K", "2K", "1M", "1L", "5S", "5T", "6n", "5n", "c", ">c", "=c",
    "0m", "31m", "8m", "7m", "38;5;1m", "48;2;0;0;0m", "?25l", "?25h", "?47h", "?1047h", "?1049h", "?1000h", "?1002h",
    "?1003h", "?1006h", "?2004h", "?2004l", "201~", "200~", "?7l", "?6h", "4h", "20h", "r", "5;10r", "s", "u", "!p",
    "14t", "18t", "21t", "8;1;1t", "3;0;0t", "22;0t", "?5h", "1 q", '"q', "0g", "3g", "b", "99999999999b", "@", "P",
    "X", "Z", "?1$p", '61"p', "1;2;3;4$r", "*x", "'}", ">4;2m", "?1u", "<u",
)  # fmt: skip
_SIMPLE = (
    "c",
    "7",
    "8",
    "D",
    "E",
    "H",
    "M",
    "N",
    "O",
    "Z",
    "=",
    ">",
    "(0",
    ")B",
    "#8",
    "%G",
    "n",
    "o",
    "|",
    "}",
    "~",
    "l",
    "m",
)
_TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_HIDING = (
    "\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u180e\ufff9\ufffa\ufffb\u2028\u2029\u034f\u115f\u3164\uffa0\U000e0041"
)

CORPUS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(chr(point) for point in (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))),
            *(f"{_ESC}{rest}{end}" for rest in _STRINGS for end in _ST),
            *(f"{start}{rest}" for rest in _CONTROLS for start in (f"{_ESC}[", "\x9b")),
            *(f"{_ESC}{rest}" for rest in _SIMPLE),
            *_TURNING,
            *_HIDING,
            "\r\noverwritten", "a\rb", "a\x08\x08b", "[red]x[/red]", "[link=https://evil.example]x[/link]",
            "[@click=app.quit]x", "<script>alert(1)</script>", "../../etc/passwd", "%s%n", "=1+1",
        ]
    )
)  # fmt: skip
"""More than two hundred of them, each once."""

_OURS = re.compile(r"\x1b\[[0-9;]*m")
_KEPT = frozenset("\n\r\t\u200c\u200d\xad")


def harmful(shown: str) -> list[str]:
    """The characters of what a terminal was given that it would obey or that hide; our own colours are none."""
    plain = _OURS.sub("", shown)
    return sorted(
        {
            f"U+{ord(sign):04X}"
            for sign in plain
            if sign not in _KEPT and (unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or sign in _HIDING)
        }
    )
