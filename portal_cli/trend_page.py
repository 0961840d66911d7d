"""A trend as a page: its chart, its numbers and its newest values; or line by line, for who listens (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import spoken
from portal_cli.painting import BLANK, Line, Look, Span, Tone, facts, paragraph, plain, table
from portal_cli.wording import change, counted, day, flag
from store.records import charts, elements
from store.records.unit_words import amount, unit_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from store.records.trends import Line as Values
    from store.records.trends import Point, Remark, Trend

_TITLES = ("DATE", "VALUE", "FLAG", "RANGE", "CHANGE", "PORTAL")


def page(trend: Trend, look: Look, limit: int | None = None) -> list[Line]:
    """One trend; of its values at most `limit`, the newest, are listed, while the chart has all of them."""
    lines = [*_head(trend, look)]
    for values in trend.lines:
        lines += [BLANK, *_values(trend, values, look, limit)]
    if trend.remarks:
        lines += [BLANK, *_remarks(trend, look, limit)]
    for note in trend.notes:
        lines += [BLANK, *paragraph(f"Note: {note}.", look.width)]
    return lines


def listed(trend: Trend, limit: int | None) -> tuple[int, int]:
    """How many values a page with this limit lists, and how many there are."""
    sizes = [len(line.points) for line in trend.lines] + [len(trend.remarks)]
    return sum(min(size, limit or size) for size in sizes), sum(sizes)


def _head(trend: Trend, look: Look) -> list[Line]:
    name = trend.name or "Unnamed"
    title = f"{name} ({trend.panel})" if trend.panel and trend.panel != trend.name else name
    portals = ", ".join(trend.portals)
    if look.is_spoken:
        return facts([("Trend of", title), ("Code", trend.code), ("Patient", trend.patient), ("Portal", portals)], look)
    where = " at ".join(filter(None, (trend.patient, portals)))
    return [
        *paragraph(title, look.width, Tone.TITLE),
        *paragraph("  ".join(filter(None, (trend.code, where))), look.width, Tone.QUIET),
    ]


def _values(trend: Trend, values: Values, look: Look, limit: int | None) -> list[Line]:
    unit = unit_words(values.unit)
    newest = tuple(reversed(values.points))[: limit or None]
    several = len(trend.portals) > 1
    if look.is_spoken:
        spoken_points = [line for number, point in enumerate(newest, 1) for line in _spoken(point, number, unit, look)]
        head = facts([("Unit", spoken.words(unit) or "none")], look)
        return [*head, *facts(_numbers(values, unit, look), look), BLANK, *spoken_points[:-1]]
    rows = [_row(point, several=several) for point in newest]
    return [
        *([plain(unit, Tone.QUIET)] if unit else []),
        *([*charts.draw(values.points, look.width), BLANK] if len(values.points) > 1 else []),
        *facts(_numbers(values, unit, look), look),
        BLANK,
        *table(_TITLES, rows, look.width),
    ]


def _numbers(values: Values, unit: str, look: Look) -> list[tuple[str, Span | str]]:
    found, last = values.statistics, values.points[-1]

    def shown(number: Decimal | None) -> str:
        text = "" if number is None else amount(elements.plain(number), unit)
        return spoken.words(text) if look.is_spoken else text

    count = counted(found.count, "value")
    out = f", {found.out_of_range} out of range" if found.out_of_range else ""
    bounds = "1 of them is a bound" if found.bounds == 1 else f"{found.bounds} of them are bounds"
    left_out = f"; {bounds}, left out of the numbers below" if found.bounds else ""
    latest = f"{amount(last.value, unit)}, {day(last.date)}"
    first = next((point for point in values.points if not point.comparator), last)
    moved = spoken.change(found.change) if look.is_spoken else change(found.change)
    return [
        ("Values", f"{count}{out}{left_out}"),
        ("Latest", Span(", ".join(filter(None, (spoken.words(latest) if look.is_spoken else latest, last.flag))))),
        ("Usual range", _range(last, look)),
        ("Lowest", shown(found.lowest) if found.count > 1 else ""),
        ("Highest", shown(found.highest) if found.count > 1 else ""),
        ("Mean", shown(found.mean) if found.count > 1 else ""),
        ("Median", shown(found.median) if found.count > 1 else ""),
        ("Change", f"{moved} since {day(first.date)}" if moved else ""),
    ]


def _range(point: Point, look: Look) -> str:
    low, high = point.low, point.high
    if low is not None and high is not None:
        joint = " to " if look.is_spoken else " - "
        return f"{elements.plain(low)}{joint}{elements.plain(high)}"
    if low is not None:
        return f"{'at least' if look.is_spoken else '≥'} {elements.plain(low)}"
    return f"{'at most' if look.is_spoken else '≤'} {elements.plain(high)}" if high is not None else ""


def _row(point: Point, *, several: bool) -> tuple[Span, ...]:
    tone = charts.tone(point.flag)
    return (
        Span(day(point.date)),
        Span(f"{point.value} (from {point.reported})" if point.reported else point.value, tone),
        Span(", ".join(filter(None, (flag(point.flag), "" if point.status == "final" else point.status))), tone),
        Span(_range(point, Look(0))),
        Span(change(point.change)),
        Span(point.portal if several else ""),
    )


def _spoken(point: Point, number: int, unit: str, look: Look) -> list[Line]:
    pairs = [
        ("Result", str(number)),
        ("Date", day(point.date)),
        ("Value", spoken.words(amount(point.value, unit))),
        ("Flag", point.flag),
        ("Usual range", _range(point, look)),
        ("Change", spoken.change(point.change)),
        ("Reported as", spoken.words(point.reported)),
        ("Status", "" if point.status == "final" else point.status),
        ("Portal", point.portal),
    ]
    return [*facts(pairs, look), BLANK]


def _remarks(trend: Trend, look: Look, limit: int | None) -> list[Line]:
    found = trend.remarks[: limit or None]
    title = "Results that are no points of a line"
    if look.is_spoken:
        lines = [plain(title), BLANK]
        for number, remark in enumerate(found, 1):
            lines += [*facts(_remark_facts(remark, number), look), BLANK]
        return lines[:-1]
    rows = [
        (
            Span(day(item.date)),
            Span(item.value, charts.tone(item.flag)),
            Span(flag(item.flag), charts.tone(item.flag)),
            Span("" if item.status == "final" else item.status),
            Span(item.portal if len(trend.portals) > 1 else ""),
        )
        for item in found
    ]
    return [plain(title, Tone.TITLE), *table(("DATE", "VALUE", "FLAG", "STATUS", "PORTAL"), rows, look.width)]


def _remark_facts(item: Remark, number: int) -> list[tuple[str, Span | str]]:
    return [
        ("Result", str(number)),
        ("Date", day(item.date)),
        ("Value", spoken.words(item.value)),
        ("Flag", item.flag),
        ("Status", "" if item.status == "final" else item.status),
        ("Portal", item.portal),
    ]


def pages(trends: Sequence[Trend], look: Look, limit: int | None = None) -> list[Line]:
    """Several trends, one after the other."""
    lines: list[Line] = []
    for trend in trends:
        lines += [*([BLANK, BLANK] if lines else []), *page(trend, look, limit)]
    return lines
