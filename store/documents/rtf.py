"""RTF (Rich Text Format 1.9) as blocks of text: paragraphs and tables; fonts, pictures and objects are passed by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.documents.blocks import NotShown
from store.documents.building import Builder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.documents.blocks import Block

MAX_BYTES = 8 << 20
MAX_DEPTH = 200
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_NOT_READ = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"filetbl", b"listtable", b"themedata"}
    | {b"listoverridetable", b"rsidtbl", b"generator", b"header", b"headerl", b"headerr", b"headerf", b"footer"}
    | {b"footerl", b"footerr", b"footerf", b"xmlnstbl", b"datastore", b"latentstyles", b"fldinst", b"bkmkstart"}
    | {b"bkmkend", b"pntext", b"nonshppict", b"revtbl", b"private", b"userprops", b"mmathPr", b"colorschememapping"}
)
_SIGNS = {
    b"emdash": "\u2014", b"endash": "\u2013", b"lquote": "\u2018", b"rquote": "\u2019", b"ldblquote": "\u201c",
    b"rdblquote": "\u201d", b"bullet": "\u2022", b"tab": "\t", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\N{NO-BREAK SPACE}", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t"}
_CODE_PAGES = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
_SURROGATES = range(0xD800, 0xE000)


def read(content: bytes) -> tuple[Block, ...]:
    """The blocks of an RTF document. Raises NotShown for what is none, is too large, or is nested too deeply."""
    if len(content) > MAX_BYTES:
        raise NotShown(f"the document is larger than {MAX_BYTES >> 20} MiB")
    if not content.lstrip().startswith(b"{\\rtf"):
        raise NotShown("the document is not RTF, as which it was sent")
    return _Reader().read(content)


class _Group:
    """What holds inside one pair of braces: whether it is read, and how many signs stand in for one of Unicode."""

    def __init__(self, *, is_read: bool = True, stand_ins: int = 1) -> None:
        self.is_read = is_read
        self.stand_ins = stand_ins


class _Reader:
    def __init__(self) -> None:
        self._builder = Builder()
        self._groups = [_Group()]
        self._charset = "cp1252"
        self._bytes = bytearray()  # signs of the document's own character set, which may be of two bytes each
        self._to_skip = 0
        self._high = 0
        self._in_table = self._in_row = False

    def read(self, content: bytes) -> tuple[Block, ...]:
        place = 0
        while match := _TOKEN.match(content, place):
            place = match.end()
            word, number, byte, symbol, brace, text = match.groups()
            if brace:
                self._brace(brace)
            elif word:
                place += self._word(word, None if number is None else int(number))
            elif byte:
                self._sign(bytes([int(byte, 16)]))
            elif symbol:
                self._symbol(symbol)
            elif text:
                for sign in _pieces(text, self._to_skip):
                    self._sign(sign)
        self._end_bytes()
        self._leave_table()
        return self._builder.finish()

    def _brace(self, brace: bytes) -> None:
        self._end_bytes()
        self._to_skip = 0
        if brace == b"{":
            if len(self._groups) > MAX_DEPTH:
                raise NotShown(f"the document is nested more than {MAX_DEPTH} levels deep")
            around = self._groups[-1]
            self._groups.append(_Group(is_read=around.is_read, stand_ins=around.stand_ins))
        elif len(self._groups) > 1:
            self._groups.pop()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._groups[-1].is_read = False  # a kind of content that readers may not know, and this one does not
        elif symbol in {b"\r", b"\n"}:
            self._end_paragraph()
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])

    def _word(self, word: bytes, number: int | None) -> int:
        """Do what a control word says; how many bytes after it are not text."""
        if word == b"bin":
            return max(0, number or 0)
        if word in _NOT_READ:
            self._groups[-1].is_read = False
        elif word == b"ansicpg" and number:
            self._charset = _known_charset(f"cp{number}")
        elif word in _CODE_PAGES:
            self._charset = _CODE_PAGES[word]
        elif word == b"uc":
            self._groups[-1].stand_ins = max(0, number or 0)
        elif word == b"u" and number is not None:
            self._unicode(number % 0x10000)
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif self._groups[-1].is_read:
            self._structure(word)
        return 0

    def _structure(self, word: bytes) -> None:
        if word in {b"par", b"sect", b"page"}:
            self._end_paragraph()
        elif word == b"line":
            self._end_bytes()
            self._builder.line()
        elif word == b"pard" and not self._in_row:
            self._leave_table()
        elif word in {b"trowd", b"intbl"}:
            self._enter_row()
        elif word == b"cell":
            self._end_bytes()
            self._builder.close("td")
            self._builder.open("td")
        elif word == b"row":
            self._end_bytes()
            self._builder.close("tr")
            self._in_row = False

    def _enter_row(self) -> None:
        self._end_bytes()
        if not self._in_table:
            self._builder.open("table")
            self._in_table = True
        if not self._in_row:
            self._builder.open("tr")
            self._builder.open("td")
            self._in_row = True

    def _leave_table(self) -> None:
        if self._in_table:
            self._builder.close("table")
            self._in_table = self._in_row = False

    def _end_paragraph(self) -> None:
        self._end_bytes()
        if self._in_table and not self._in_row:
            self._leave_table()
        self._builder.close("p")

    def _unicode(self, point: int) -> None:
        self._end_bytes()
        if point in _SURROGATES and point < _SURROGATES.start + 0x400:
            self._high = point
        elif point in _SURROGATES:
            self._say(chr(0x10000 + ((self._high - 0xD800) << 10) + point - 0xDC00) if self._high else "\ufffd")
            self._high = 0
        else:
            self._say(chr(point))
        self._to_skip = self._groups[-1].stand_ins

    def _sign(self, sign: bytes) -> None:
        """Take signs of the document's own character set; those that stand in for Unicode are passed by."""
        if self._to_skip:
            self._to_skip -= 1
        elif self._groups[-1].is_read:
            self._bytes += sign

    def _say(self, text: str) -> None:
        self._end_bytes()
        if self._groups[-1].is_read:
            self._builder.text(text)

    def _end_bytes(self) -> None:
        if self._bytes:
            self._builder.text(self._bytes.decode(self._charset, errors="replace"))
            self._bytes.clear()


def _pieces(text: bytes, to_skip: int) -> Iterator[bytes]:
    """Text, with those signs apart that are to be passed by."""
    for place in range(min(to_skip, len(text))):
        yield text[place : place + 1]
    if len(text) > to_skip:
        yield text[to_skip:]


def _known_charset(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
