"""PDF pages (A4) for people: kind by kind, newest first, with the letters of most languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from store.errors import ExtraMissing
from store.export import pages
from store.export.format import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from store.export.format import Exported, Sheet

    Measure: TypeAlias = Callable[[str, str, int], float]

_WIDTH, _HEIGHT, _MARGIN = 595.28, 841.89, 48.0
_SMALL, _TEXT, _HEADING, _TITLE = 8, 9, 13, 17
_LEADING = 1.35
_ROOM = _WIDTH - 2 * _MARGIN
_LEAST = 40.0  # above the lower margin, for a heading not to stand alone
_OWN, _HAN, _HANGUL = "Noto", "STSong-Light", "HYSMyeongJo-Medium"  # the last two are in every reader of PDF
_LIGHT, _DARK = 0.4, 0.0
_MOST_CHARACTERS = 20_000  # of one record; a page is no place for more


class PdfWriter:
    """Writes lines onto pages, which are kept until the end."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        try:
            # Deferred: it is large, and an extra.
            from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

            self._measure, self._letters = _fonts()
        except ImportError as error:
            raise ExtraMissing("the format pdf", "pdf") from error
        self._canvas = Canvas(stream, pagesize=(_WIDTH, _HEIGHT), pageCompression=1, invariant=1)
        self._canvas.setTitle(pages.title(sheet))
        self._canvas.setCreator("portal")
        self._widths: dict[str, float] = {}
        self._kind: str | None = None
        self._top, self._page = _HEIGHT - _MARGIN, 1
        self._write(pages.title(sheet), _TITLE)
        self._write(f"{pages.made(sheet)}. {pages.NOTICE}", _SMALL, grey=_LIGHT)

    def add(self, record: Exported) -> bool:
        """Write a record: a line with its date and what it is, and one with everything else."""
        if record.kind != self._kind:
            self._kind, self._table = record.kind, pages.table(record.kind)
            if self._top < _MARGIN + _LEAST:
                self._turn()
            self._top -= _HEADING
            self._write(self._table.heading, _HEADING)
        date, what, *rest = self._table.cells(record)
        named = zip(self._table.titles[2:], rest, strict=True)
        self._top -= _TEXT / 3
        self._write("   ".join(filter(None, (date, what))), _TEXT)
        self._write(" · ".join(f"{name}: {cell}" for name, cell in named if cell), _SMALL, grey=_LIGHT)
        return True

    def end(self) -> None:
        """Finish the last page and write the document."""
        self._foot()
        self._canvas.save()

    def _write(self, text: str, size: int, grey: float = _DARK) -> None:
        for line in self._lines(text[:_MOST_CHARACTERS], size):
            if self._top - size < _MARGIN:
                self._turn()
            self._top -= size * _LEADING
            self._draw(line, size, grey)

    def _draw(self, line: str, size: int, grey: float) -> None:
        drawn = self._canvas.beginText(_MARGIN, self._top)
        drawn.setFillGray(grey)
        for font, letters in self._runs(line):
            drawn.setFont(font, size)
            drawn.textOut(letters)
        self._canvas.drawText(drawn)

    def _turn(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._top, self._page = _HEIGHT - _MARGIN, self._page + 1

    def _foot(self) -> None:
        self._canvas.setFont(_OWN, _SMALL)
        self._canvas.setFillGray(_LIGHT)
        self._canvas.drawRightString(_WIDTH - _MARGIN, _MARGIN / 2, str(self._page))

    def _runs(self, line: str) -> Iterator[tuple[str, str]]:
        """Parts of a line, each with the font that has its letters."""
        font, start = _OWN, 0
        for place, letter in enumerate(line):
            here = _OWN if ord(letter) in self._letters else _other(letter)
            if here != font:
                if place > start:
                    yield font, line[start:place]
                font, start = here, place
        yield font, line[start:]

    def _lines(self, text: str, size: int) -> Iterator[str]:
        """Text in lines that fit between the margins, broken between words, or anywhere in one that is too long."""
        for paragraph in text.split("\n"):
            line, used = "", 0.0
            for word in paragraph.replace("\t", " ").split(" "):
                width = self._width(f"{word} ", size)
                if line and used + width > _ROOM:
                    yield line
                    line, used = "", 0.0
                while width > _ROOM:
                    fits = self._fitting(word, size)
                    yield word[:fits]
                    word = word[fits:]  # noqa: PLW2901 - what is left of it
                    width = self._width(f"{word} ", size)
                line, used = f"{line}{word} ", used + width
            if line.strip():
                yield line.rstrip()

    def _fitting(self, word: str, size: int) -> int:
        """How many letters of a word fit into a line; at least one."""
        used = 0.0
        for place, letter in enumerate(word):
            used += self._wide(letter) * size
            if used > _ROOM:
                return max(place, 1)
        return len(word)

    def _width(self, text: str, size: int) -> float:
        return sum(map(self._wide, text)) * size

    def _wide(self, letter: str) -> float:
        """How wide a letter is, of a font whose size is one."""
        known = self._widths.get(letter)
        if known is None:
            font = _OWN if ord(letter) in self._letters else _other(letter)
            known = self._widths[letter] = self._measure(letter, font, 1)
        return known


def _other(letter: str) -> str:
    """The font for a letter that the one that comes along has not: a reader's own, for Han and Hangul."""
    point = ord(letter)
    if 0x1100 <= point < 0x1200 or 0xAC00 <= point < 0xD7B0:  # noqa: PLR2004 - Hangul
        return _HANGUL
    return _HAN if 0x2E80 <= point < 0xFE50 or 0xFF00 <= point < 0xFFF0 else _OWN  # noqa: PLR2004 - Han and kana


def _fonts() -> tuple[Measure, frozenset[int]]:
    """What measures text, and the letters that the font that comes along has. Raises ImportError."""
    from importlib.resources import files  # noqa: PLC0415 - only here

    from reportlab.pdfbase import cidfonts, pdfmetrics  # noqa: PLC0415 - as above
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415 - as above

    face = next(
        item for item in files("fontpkg_noto_sans").joinpath("files").iterdir() if item.name.startswith("NotoSans[")
    )
    with face.open("rb") as opened:
        font = TTFont(_OWN, opened)
    pdfmetrics.registerFont(font)
    for name in (_HAN, _HANGUL):
        pdfmetrics.registerFont(cidfonts.UnicodeCIDFont(name))
    return pdfmetrics.stringWidth, frozenset(font.face.charToGlyph)


FORMAT = Format(
    "pdf", ".pdf", PdfWriter, "pages to print or to hand over; its pages are kept in memory until the end",
    by_kind=True, is_one=True, extra="pdf", streams=False, is_text=False,
)  # fmt: skip
