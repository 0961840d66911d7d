"""A stream between a document and a terminal: what could steer that is escaped as JSON does, or shown as a sign."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

from store.records.text import sanitize

if TYPE_CHECKING:
    from typing import BinaryIO


class Harmless(io.RawIOBase):
    """What is written here comes out at `stream` harmless, piece by piece."""

    def __init__(self, stream: BinaryIO, *, is_json: bool) -> None:
        super().__init__()
        self._stream = stream
        self._is_json = is_json
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._held = ""

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, content: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override] # what a buffer hands on
        """Send on what is complete; half a letter, and a line's end that may have two parts, wait for more."""
        text = self._held + self._decode(bytes(content))
        self._held = "\r" if text.endswith("\r") else ""
        self._send(text.removesuffix("\r") if self._held else text)
        return memoryview(content).nbytes

    def finish(self) -> None:
        """Send on what is left."""
        self._send(self._held + self._decode(b"", final=True))
        self._held = ""

    def _send(self, text: str) -> None:
        if not self._is_json:
            self._stream.write(sanitize(text).encode("utf-8"))
            return
        # White space between tokens; inside a string JSON forbids it.
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        steering = [letter for letter in set(plain) if letter not in "\n\t" and sanitize(letter) != letter]
        self._stream.write(plain.translate({ord(letter): _escaped(letter) for letter in steering}).encode("utf-8"))


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
