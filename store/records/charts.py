"""A line of values as a chart of characters: its range as a band, each point a shape that tells of it (pure).

Drawing alone uses binary fractions; every number that is shown comes from the values themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from store.records import elements
from store.records.cells import cell_width
from store.records.labs import NOT_ABNORMAL
from store.records.toned import Line, Span, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.records.dates import FhirDate
    from store.records.trends import Point

_BAND = "░"
_HEIGHT = 11
_LABEL_STEP = 5  # rows between the labels of the axis
_FARTHEST = 12.0  # spans of the values that a bound of the range may lie away and still be drawn
_MARGIN = 0.04
_DATE = 10  # characters
_SHAPES = {
    "in range": ("●", Tone.GOOD),
    "no range": ("○", Tone.PLAIN),
    "high": ("▲", Tone.HIGH),
    "low": ("▼", Tone.LOW),
    "out of range": ("◆", Tone.ODD),
    "at most": ("<", Tone.PLAIN),
    "at least": (">", Tone.PLAIN),
}
_ORDER = tuple(_SHAPES)
_FIRST = ("low", "high", "out of range", "at most", "at least", "in range", "no range")  # what hides what


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where values and times are on the canvas: `low` to `high` on so many rows, `first` to `last` on columns."""

    low: float
    high: float
    first: int
    last: int
    columns: int

    def row(self, number: float) -> int:
        """The row from the top."""
        share = (number - self.low) / (self.high - self.low)
        return round((1 - min(1.0, max(0.0, share))) * (_HEIGHT - 1))

    def column(self, at: int) -> int:
        """The column from the left."""
        return round((at - self.first) / (self.last - self.first) * (self.columns - 1)) if self.last > self.first else 0


def meaning(point: Point) -> str:
    """How a point lies to its range, in words."""
    if point.comparator:
        return "at most" if point.comparator.startswith("<") else "at least"
    word = point.flag.rpartition(" ")[2]
    if word in {"high", "low"}:
        return word
    if point.flag not in NOT_ABNORMAL:
        return "out of range"
    return "in range" if point.flag or point.low is not None or point.high is not None else "no range"


def tone(word: str) -> Tone:
    """The colour of a flag."""
    last = word.rpartition(" ")[2]
    if word in NOT_ABNORMAL:
        return Tone.PLAIN
    return {"high": Tone.HIGH, "low": Tone.LOW}.get(last, Tone.ODD)


def iso_day(date: FhirDate) -> str:
    """A date of the axis as ISO 8601 has it, without its time."""
    return str(date.day())[:_DATE]


def draw(points: Sequence[Point], width: int, say: Callable[[FhirDate], str] = iso_day) -> list[Line]:
    """The chart of a line that has a point, at most so many cells wide; its legend is its last line.

    `say` gives the first and the last date in at most twelve cells.
    """
    low, high = _extent(points)
    labels = {row: _label(low, high, row) for row in range(0, _HEIGHT, _LABEL_STEP)}
    left = max(map(cell_width, labels.values()))
    scale = _Scale(
        low, high, points[0].date.epoch or 0, points[-1].date.epoch or 0, max(_DATE * 2 + 2, width - left - 2)
    )
    canvas = _band(points, scale)
    for kind in reversed(_FIRST):
        for point in points:
            if meaning(point) == kind:
                place = scale.column(point.date.epoch or 0)
                canvas[scale.row(float(point.number))][place] = Span(*_SHAPES[kind])
    lines: list[Line] = []
    for row, cells in enumerate(canvas):
        label = labels.get(row, "")
        axis = Span(f"{' ' * (left - cell_width(label))}{label} {'┤' if label else '│'}", Tone.QUIET)
        lines.append((axis, *_joined(cells)))
    lines.append((Span(" " * left + " └" + "─" * scale.columns, Tone.QUIET),))
    lines.append(
        (Span(" " * (left + 2) + _dates(say(points[0].date), say(points[-1].date), scale.columns), Tone.QUIET),)
    )
    return [*lines, *_legend(points, canvas, width)]


def _extent(points: Sequence[Point]) -> tuple[float, float]:
    """The values that the axis goes from and to: all points, and the bounds of the range that are not far away."""
    numbers = [float(point.number) for point in points]
    low, high = min(numbers), max(numbers)
    reach = (high - low or abs(high) * 0.2 or 1.0) * _FARTHEST
    bounds = [float(bound) for point in points for bound in (point.low, point.high) if bound is not None]
    near = [bound for bound in bounds if low - reach <= bound <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    margin = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
    return low - margin, high + margin


def _label(low: float, high: float, row: int) -> str:
    number = high - (high - low) * row / (_HEIGHT - 1)
    size = Decimal(repr(high - low)).adjusted()
    places = max(0, 1 - size)
    return elements.plain(round(Decimal(repr(number)), min(places, 12)))


def _band(points: Sequence[Point], scale: _Scale) -> list[list[Span]]:
    """An empty canvas with the range of each time shaded: that of the last point until then which has one."""
    canvas = [[Span(" ")] * scale.columns for _ in range(_HEIGHT)]
    ranged = [point for point in points if point.low is not None or point.high is not None]
    if not ranged:
        return canvas
    starts = [scale.column(point.date.epoch or 0) for point in ranged]
    at = 0
    for column in range(scale.columns):
        while at + 1 < len(ranged) and starts[at + 1] <= column:
            at += 1
        bounds = ranged[at]
        top = 0 if bounds.high is None else scale.row(float(bounds.high))
        bottom = _HEIGHT - 1 if bounds.low is None else scale.row(float(bounds.low))
        if (bounds.high is not None and float(bounds.high) < scale.low) or (
            bounds.low is not None and float(bounds.low) > scale.high
        ):
            continue
        for row in range(top, bottom + 1):
            canvas[row][column] = Span(_BAND, Tone.QUIET)
    return canvas


def _joined(cells: Sequence[Span]) -> list[Span]:
    """Neighbours of one tone as one piece."""
    found: list[Span] = []
    for cell in cells:
        if found and found[-1].tone is cell.tone:
            found[-1] = Span(found[-1].text + cell.text, cell.tone)
        else:
            found.append(cell)
    return found


def _dates(first: str, last: str, columns: int) -> str:
    if first == last:
        return first
    return first + " " * (columns - len(first) - len(last)) + last


def _legend(points: Sequence[Point], canvas: Sequence[Sequence[Span]], width: int) -> list[Line]:
    used = {meaning(point) for point in points}
    parts = [(Span(_SHAPES[kind][0], _SHAPES[kind][1]), Span(f" {kind}  ")) for kind in _ORDER if kind in used]
    if any(cell.text == _BAND for row in canvas for cell in row):
        parts.append((Span(_BAND, Tone.QUIET), Span(" usual range")))
    lines: list[list[Span]] = [[]]
    for shape, words in parts:
        if sum(cell_width(span.text) for span in lines[-1]) + len(words.text.rstrip()) + 1 > width:
            lines.append([])
        lines[-1] += [shape, words]
    return [tuple(line) for line in lines]
