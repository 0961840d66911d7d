"""Pictures on terminals that can show them: by Kitty's graphics protocol, or by iTerm2's inline images."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from portal_cli import everywhere

if TYPE_CHECKING:
    from collections.abc import Iterator

_PNG, _JPEG, _GIF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8"
_CHUNK = 4096
_MOST_SIDE = 10_000  # dots: a picture that claims more may be meant to exhaust the terminal
_ITERM = frozenset({"iTerm.app", "WezTerm"})
_KITTY = frozenset({"ghostty"})


def way() -> str:
    """How this terminal shows pictures: `kitty`, `iterm`, or empty where it does not, as far as it can be told."""
    if os.environ.get("TMUX") or os.environ.get("STY") or everywhere.is_dumb():
        return ""
    program = os.environ.get("TERM_PROGRAM", "")
    if os.environ.get("KITTY_WINDOW_ID") or os.environ.get("TERM") == "xterm-kitty" or program in _KITTY:
        return "kitty"
    return "iterm" if program in _ITERM else ""


def drawn(content: bytes) -> bytes:
    """What this terminal is to be sent to show a picture; empty where it cannot show it."""
    here = way()
    if not _is_sound(content):
        return b""
    if here == "kitty" and content.startswith(_PNG):
        return b"".join(_kitty(content)) + b"\n"
    if here == "iterm":
        encoded = base64.b64encode(content)
        return b"\x1b]1337;File=inline=1;size=%d;preserveAspectRatio=1:%s\x07\n" % (len(content), encoded)
    return b""


def _kitty(content: bytes) -> Iterator[bytes]:
    """A picture in the chunks that the protocol wants; only letters and digits of ours are in them."""
    encoded = base64.b64encode(content)
    for place in range(0, len(encoded), _CHUNK):
        more = int(place + _CHUNK < len(encoded))
        keys = b"a=T,f=100,q=2,m=%d" % more if not place else b"m=%d" % more
        yield b"\x1b_G%s;%s\x1b\\" % (keys, encoded[place : place + _CHUNK])


def _is_sound(content: bytes) -> bool:
    """Whether a picture is of a kind that terminals take, and of a size that makes sense."""
    if content.startswith(_PNG):
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        return 0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE
    if content.startswith(_GIF):
        width, height = (int.from_bytes(content[at : at + 2], "little") for at in (6, 8))
        return 0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE
    return content.startswith(_JPEG)
