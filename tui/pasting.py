"""Pasted text: it comes as one text in its order, whatever is in it, and no part of it as keys."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from textual import _xterm_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.message import Message

_ESC, _BEGIN, _END = "\x1b", "\x1b[200~", "\x1b[201~"
_PARSER = "XTermParser"
_DRIVERS = ("textual.drivers.linux_driver", "textual.drivers.web_driver", "textual.drivers.win32")


class WholePasteParser(_xterm_parser.XTermParser):
    """Reads what a terminal sends, and leaves ESC out of what is pasted.

    Textual takes an ESC in a paste for the beginning of a key, and gives up to 32 letters after it as keys before the
    text that they stood in. This can go when Textual leaves them in their place.
    """

    def __init__(self, debug: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's own signature
        super().__init__(debug)
        self._is_pasting = False
        self._before = ""  # the end of what came last, in which a paste may have begun to begin
        self._held = ""  # the end of what was pasted last, with which the paste may have begun to end

    def feed(self, data: str) -> Iterator[Message]:
        """Read on; nothing at all is the end, which what is left of a part after the ESC is taken out is not."""
        cleaned = self._without_escapes(data)
        if cleaned or not data:
            yield from super().feed(cleaned)

    def _without_escapes(self, data: str) -> str:
        cleaned = ""
        while data:
            part, data = self._pasted(data) if self._is_pasting else self._typed(data)
            cleaned += part
        return cleaned

    def _typed(self, data: str) -> tuple[str, str]:
        """What is not pasted, with the mark that a paste begins with, and what comes after that."""
        at = (self._before + data).find(_BEGIN)
        if at < 0:
            self._before = _begun(self._before + data, _BEGIN)
            return data, ""
        end = at + len(_BEGIN) - len(self._before)
        self._before, self._is_pasting = "", True
        return data[:end], data[end:]

    def _pasted(self, data: str) -> tuple[str, str]:
        """What is pasted, with the mark that the paste ends with, and what comes after that."""
        text, mark, rest = (self._held + data).partition(_END)
        self._is_pasting = not mark
        self._held = "" if mark else _begun(text, _END)
        return text.removesuffix(self._held).replace(_ESC, "") + mark, rest


def _begun(text: str, mark: str) -> str:
    """As much of a mark as a text ends with, so that nothing else of it is kept."""
    return next((mark[:count] for count in range(len(mark), 0, -1) if text.endswith(mark[:count])), "")


def settle() -> None:
    """Have the drivers of Textual, which name their parser themselves, read by ours."""
    for name in (_xterm_parser.__name__, *_DRIVERS):
        if name in sys.modules:
            setattr(sys.modules[name], _PARSER, WholePasteParser)
