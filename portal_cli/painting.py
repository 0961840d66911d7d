"""Pages made of lines of toned text: laid out to a width, and painted only where colour is wanted (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.fitting import columns_fitted
from store.records.cells import cell_width, filled
from store.records.text import one_line
from store.records.toned import Line, Span, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BLANK", "Line", "Look", "Span", "Tone", "facts", "folded", "painted", "paragraph", "plain", "table"]

_GAP = "  "
_WHOLE = "DATE"  # the title of a column that is never folded
_RESET = "\x1b[0m"


_COLOURS = {
    Tone.PLAIN: "",
    Tone.TITLE: "\x1b[1m",
    Tone.QUIET: "\x1b[2m",
    Tone.GOOD: "\x1b[32m",
    Tone.HIGH: "\x1b[1;31m",
    Tone.LOW: "\x1b[1;34m",
    Tone.ODD: "\x1b[1;35m",
}
BLANK: Line = ()


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is to look: so many cells wide, and with `is_spoken` for somebody who listens to it."""

    width: int
    is_spoken: bool = False


def plain(text: str, tone: Tone = Tone.PLAIN) -> Line:
    """A line of one piece."""
    return (Span(text, tone),)


def painted(lines: Sequence[Line], *, in_colour: bool) -> str:
    """The lines as text, with or without colour; nothing else in them can steer a terminal."""
    return "\n".join(_painted(line, in_colour=in_colour) for line in lines)


def _painted(line: Line, *, in_colour: bool) -> str:
    parts = []
    for span in line:
        text = _harmless(span.text)
        colour = _COLOURS[span.tone] if in_colour and text.strip() else ""
        parts.append(f"{colour}{text}{_RESET}" if colour else text)
    return "".join(parts).rstrip()


def _harmless(text: str) -> str:
    """A piece with its own leading and trailing spaces, and nothing but one line of it."""
    inner = text.strip(" ")
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :] if inner else ""
    spaced = inner if inner.isascii() and inner.isprintable() else " ".join(map(one_line, inner.split(" ")))
    return f"{before}{spaced}{after}"


def folded(text: str, width: int) -> list[str]:
    """A text in lines of at most so many cells, broken between words where that is possible."""
    return filled(one_line(text).split(" "), max(1, width))


def paragraph(text: str, width: int, tone: Tone = Tone.PLAIN) -> list[Line]:
    """Running text in lines that fit; its own ends of lines stand."""
    return [plain(part, tone) for line in text.split("\n") for part in folded(line, width)]


def facts(pairs: Sequence[tuple[str, Span | str]], look: Look) -> list[Line]:
    """Lines of a label and a value, the values under one another; what has no value is left out."""
    shown = [(label, value if isinstance(value, Span) else Span(value)) for label, value in pairs]
    shown = [(label, value) for label, value in shown if value.text]
    if look.is_spoken:
        return [plain(f"{label}: {value.text}") for label, value in shown]
    left = max((cell_width(label) for label, _ in shown), default=0)
    lines: list[Line] = []
    for label, value in shown:
        for number, part in enumerate(folded(value.text, look.width - left - len(_GAP))):
            head = "" if number else label
            lines.append((Span(head + " " * (left - cell_width(head) + len(_GAP))), Span(part, value.tone)))
    return lines


def table(titles: Sequence[str], rows: Sequence[Sequence[Span]], width: int) -> list[Line]:
    """Rows with their columns under one another; where they do not fit, the widest are folded, though no dates.

    Columns without a value are left out.
    """
    used = [place for place in range(len(titles)) if any(row[place].text for row in rows)]
    cells = [[Span(titles[place], Tone.QUIET) for place in used], *([row[place] for place in used] for row in rows)]
    if not used:
        return []
    columns = [[row[place].text for row in cells] for place in range(len(used))]
    whole = [place for place, column in enumerate(used) if titles[column] == _WHOLE]
    widths, gap = columns_fitted(columns, whole, width, len(_GAP))
    return [line for row in cells for line in _row(row, widths, " " * gap)]


def _row(row: Sequence[Span], widths: Sequence[int], gap: str) -> list[Line]:
    parts = [folded(span.text, width) for span, width in zip(row, widths, strict=True)]
    lines: list[Line] = []
    for number in range(max(map(len, parts))):
        line: list[Span] = []
        for place, (span, width) in enumerate(zip(row, widths, strict=True)):
            text = parts[place][number] if number < len(parts[place]) else ""
            after = gap if place < len(row) - 1 else ""
            line += [Span(text, span.tone), Span(" " * (width - cell_width(text)) + after)]
        lines.append(tuple(line))
    return lines
