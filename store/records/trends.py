"""How one thing that is measured went over time (pure): a line for each unit, and nothing mixed that must not be.

Values in another unit are converted where that is certain; what cannot be converted is a line of its own, and said.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, localcontext
from operator import attrgetter
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, units
from store.records.labs import NOT_ABNORMAL
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.records.dates import FhirDate
    from store.records.measures import Measure

_DIGITS = 150  # so many that nothing which can be measured is rounded


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a line: `number` in the line's unit, a bound where there is a `comparator`.

    `value` is it in words, `reported` what the laboratory wrote where that was in another unit; `low` and `high` are
    the range that it was measured against; `change` is the difference to the number before it.
    """

    id: Safe
    date: FhirDate
    value: Safe
    number: Decimal
    comparator: Safe
    flag: Safe
    low: Decimal | None
    high: Decimal | None
    change: Decimal | None
    reported: Safe
    status: Safe
    portal: Safe

    @property
    def is_abnormal(self) -> bool:
        """Whether it is flagged."""
        return self.flag not in NOT_ABNORMAL


@dataclass(frozen=True, slots=True)
class Remark:
    """A result that is not a point of a line: one in words, or one without a date."""

    id: Safe
    date: FhirDate | None
    value: Safe
    flag: Safe
    status: Safe
    portal: Safe


@dataclass(frozen=True, slots=True)
class Statistics:
    """A line in numbers. Values with a comparator (`bounds`) are counted and do not go into any other number."""

    count: int
    bounds: int
    out_of_range: int
    latest: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    mean: Decimal | None
    median: Decimal | None
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """Values of one unit, oldest first."""

    unit: Safe
    points: tuple[Point, ...]
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Trend:
    """One thing that is measured: its lines, the results that are no points, newest first, and what is to be said."""

    name: Safe
    code: Safe
    panel: Safe
    patient: Safe
    portals: tuple[Safe, ...]
    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...]
    notes: tuple[Safe, ...]

    @property
    def newest(self) -> int:
        """When the newest result of it was, in seconds since 1970 UTC."""
        dates = [line.points[-1].date.epoch or 0 for line in self.lines]
        return max([*dates, *(item.date.epoch or 0 for item in self.remarks if item.date)], default=0)


def build(measures: Iterable[Measure], patient: Safe = EMPTY) -> tuple[Trend, ...]:
    """The trend of each thing that was measured, the one with the newest result first."""
    groups: dict[tuple[object, ...], list[Measure]] = {}
    for item in measures:
        groups.setdefault(item.key, []).append(item)
    found = [_trend(group, patient) for group in groups.values()]
    return tuple(sorted(found, key=attrgetter("newest"), reverse=True))


def _trend(group: list[Measure], patient: Safe) -> Trend:
    ordered = sorted(group, key=_moment)
    numbers = [item for item in ordered if item.number is not None and item.date and item.date.epoch is not None]
    others = [item for item in ordered if item.number is None or not item.date or item.date.epoch is None]
    newest = ordered[-1]
    lines, notes = _lines(numbers)
    return Trend(
        name=newest.name,
        code=newest.code,
        panel=newest.panel,
        patient=patient,
        portals=tuple(sorted({item.portal for item in ordered})),
        lines=lines,
        remarks=tuple(map(_remark, reversed(others))),
        notes=notes,
    )


def _moment(item: Measure) -> int:
    return item.date.epoch if item.date and item.date.epoch is not None else -(10**18)


def _remark(item: Measure) -> Remark:
    words = Safe(f"{item.value} {item.unit}" if item.unit and item.number is not None else item.value)
    return Remark(item.id, item.date, words, item.flag, item.status, item.portal)


def _lines(measures: Sequence[Measure]) -> tuple[tuple[Line, ...], tuple[Safe, ...]]:
    """The lines, that of the unit which most results have first, and what is said of conversions."""
    left, lines, notes = list(measures), [], []
    while left:
        unit = _commonest(left)
        with localcontext() as context:
            context.prec = _DIGITS
            points, apart, converted = _converted(left, unit)
        words = next(item.unit for item in reversed(left) if item.ucum == unit)
        lines.append(Line(words or Safe(unit), points, statistics(points)))
        if converted:
            were = "was" if converted == 1 else "were"
            notes.append(Safe(f"{converted} of {len(points)} values {were} converted to {words or unit}"))
        left = apart
    if len(lines) > 1:
        shown = ", ".join(line.unit.strip("{}") or "no unit" for line in lines)
        notes.append(Safe(f"values in units that cannot be converted into each other are kept apart: {shown}"))
    return tuple(lines), tuple(notes)


def _commonest(measures: Sequence[Measure]) -> str:
    counts = Counter(item.ucum for item in measures)
    most = max(counts.values())
    return next(item.ucum for item in reversed(measures) if counts[item.ucum] == most)


def _converted(measures: Sequence[Measure], unit: str) -> tuple[tuple[Point, ...], list[Measure], int]:
    """The points in one unit, those that cannot be given in it, and how many were converted."""
    points: list[Point] = []
    apart, converted = [], 0
    before: Decimal | None = None
    for item in measures:
        number = _in_unit(item.number, item, unit)
        if number is None:
            apart.append(item)
            continue
        converted += item.ucum != unit
        change = number - before if before is not None and not item.comparator else None
        points.append(_point(item, number, unit, change))
        before = None if item.comparator else number
    return tuple(points), apart, converted


def _in_unit(number: Decimal | None, item: Measure, unit: str) -> Decimal | None:
    if number is None or item.ucum == unit:
        return number
    return units.convert(number, item.ucum, unit, item.code)


def _point(item: Measure, number: Decimal, unit: str, change: Decimal | None) -> Point:
    is_same = item.ucum == unit
    return Point(
        id=item.id,
        date=item.date,  # type: ignore[arg-type] # only what has a date comes here
        value=item.value if is_same else Safe(f"{item.comparator}{elements.plain(number)}"),
        number=number,
        comparator=item.comparator,
        flag=item.flag,
        low=item.low if is_same else _in_unit(item.low, item, unit),
        high=item.high if is_same else _in_unit(item.high, item, unit),
        change=change,
        reported=EMPTY if is_same else Safe(f"{item.value} {item.unit}".strip()),
        status=item.status,
        portal=item.portal,
    )


def statistics(points: Sequence[Point]) -> Statistics:
    """A line in numbers, exact but for mean and median, rounded to one digit more than was measured."""
    exact = [point.number for point in points if not point.comparator]
    ordered = sorted(exact)
    places = 1 + max((max(0, -int(number.as_tuple().exponent)) for number in exact), default=0)
    middle = len(ordered) // 2
    with localcontext() as context:
        context.prec = _DIGITS
        median = (ordered[middle] + ordered[~middle]) / 2 if ordered else None
        mean = sum(exact, Decimal(0)) / len(exact) if exact else None
        return Statistics(
            count=len(points),
            bounds=len(points) - len(exact),
            out_of_range=sum(point.is_abnormal for point in points),
            latest=exact[-1] if exact else None,
            lowest=ordered[0] if ordered else None,
            highest=ordered[-1] if ordered else None,
            mean=_rounded(mean, places),
            median=_rounded(median, places),
            change=exact[-1] - exact[0] if len(exact) > 1 else None,
        )


def _rounded(number: Decimal | None, places: int) -> Decimal | None:
    return None if number is None else round(number, min(places, _DIGITS // 2))
