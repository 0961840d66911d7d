"""A result, a vital sign or a panel as a page, or line by line, for who listens (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import spoken
from portal_cli.painting import BLANK, Line, Look, Span, Tone, facts, paragraph, plain, table
from portal_cli.wording import change, day, flag, moment
from store.records import charts
from store.records.unit_words import amount, unit_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.labs import LabResult
    from store.records.panels import PanelRow, ResultDetail
    from store.records.trends import Point, Trend

_EARLIER = 6  # values of each line
_MEMBER_TITLES = ("NAME", "VALUE", "FLAG", "RANGE", "BEFORE", "CHANGE", "STATUS")
_TITLES = ("NAME", "VALUE", "FLAG", "RANGE", "STATUS")


def page(found: ResultDetail, look: Look) -> list[Line]:
    """One result in full."""
    result = found.result
    lines = paragraph(result.name or "Unnamed", look.width, Tone.TITLE)
    lines += facts(_facts(found, look), look)
    if result.components:
        lines += [BLANK, *_title("Parts", look), *_parts(result, look)]
    if found.members:
        lines += [BLANK, *_title("Results", look), *_members(found.members, look)]
    if found.missing:
        missing = "1 result of it is" if found.missing == 1 else f"{found.missing} results of it are"
        lines += [BLANK, *paragraph(f"{missing} not in the vault.", look.width)]
    for title, text in _texts(found):
        lines += [BLANK, *_title(title, look), *paragraph(text, look.width)]
    for trend in found.history:
        lines += _history(trend, found, look)
    return lines


def _facts(found: ResultDetail, look: Look) -> list[tuple[str, Span | str]]:
    result = found.result
    before = _before(found)
    value = amount(result.value, result.unit)
    ranges = "" if found.is_panel and not result.value else result.range
    return [
        ("Value", Span(_said(value, look), charts.tone(result.flag)) if not _is_in_parts(result) else ""),
        ("Flag", Span(result.flag if look.is_spoken else flag(result.flag), charts.tone(result.flag))),
        ("Usual range", _said(found.range.words(result.unit) if found.range else ranges, look)),
        ("All ranges", _said(ranges, look) if found.range and len(found.ranges) > 1 else ""),
        ("Before", _said(f"{before[0]}, {day(before[1].date)}", look) if before else ""),
        ("Change", (spoken.change if look.is_spoken else change)(before[2].change) if before else ""),
        ("Taken", moment(result.date)),
        ("Reported", moment(found.issued) if found.issued != result.date else ""),
        ("Status", result.status),
        ("Kind", result.category),
        ("Specimen", found.specimen),
        ("Method", found.method),
        ("Place", found.body_site),
        ("Device", found.device),
        ("By", ", ".join(found.performers)),
        ("Portal", result.portal),
        ("Patient", result.patient),
        ("Code", result.code),
        ("Id", f"{found.type}/{result.id}"),
    ]


def _is_in_parts(result: LabResult) -> bool:
    """Whether the value is only that of its parts, in a row."""
    return bool(result.components) and "; " in result.value


def _before(found: ResultDetail) -> tuple[str, Point, Point] | None:
    """The value before in words, its point, and the point that this result is, where it has one value."""
    for trend in found.history:
        for line in trend.lines:
            points = line.points
            if not trend.panel and len(points) > 1 and points[-1].id == found.result.id:
                earlier, own = points[-2], points[-1]
                return amount(earlier.value, line.unit), earlier, own
    return None


def _said(text: str, look: Look) -> str:
    return spoken.words(text) if look.is_spoken else text


def _title(text: str, look: Look) -> list[Line]:
    return [plain(text if not look.is_spoken else f"{text}:", Tone.TITLE)]


def _parts(result: LabResult, look: Look) -> list[Line]:
    if look.is_spoken:
        lines: list[Line] = []
        for part in result.components:
            value = spoken.words(amount(part.value, part.unit))
            pairs = [("Part", part.name), ("Value", value), ("Flag", part.flag)]
            lines += facts([*pairs, ("Usual range", spoken.words(part.range))], look)
        return lines
    rows = [
        (
            Span(part.name),
            Span(amount(part.value, part.unit), charts.tone(part.flag)),
            Span(flag(part.flag), charts.tone(part.flag)),
            Span(part.range),
            Span(""),
        )
        for part in result.components
    ]
    return table(_TITLES, rows, look.width)


def _members(members: Sequence[PanelRow], look: Look) -> list[Line]:
    if look.is_spoken:
        lines: list[Line] = []
        for number, row in enumerate(members, 1):
            lines += [*facts(_spoken_member(row.result, number), look), BLANK]
        return lines[:-1]
    rows = [
        (
            Span("  " * row.depth + (row.result.name or "Unnamed")),
            Span(amount(row.result.value, row.result.unit), charts.tone(row.result.flag)),
            Span(flag(row.result.flag), charts.tone(row.result.flag)),
            Span(row.result.range),
            Span(row.result.previous),
            Span(change(row.result.change)),
            Span("" if row.result.status == "final" else row.result.status),
        )
        for row in members
    ]
    return table(_MEMBER_TITLES, rows, look.width)


def _spoken_member(result: LabResult, number: int) -> list[tuple[str, Span | str]]:
    return [
        ("Result", str(number)),
        ("Name", result.name),
        ("Value", spoken.words(amount(result.value, result.unit))),
        ("Flag", result.flag),
        ("Usual range", spoken.words(result.range)),
        ("Before", spoken.words(result.previous)),
        ("Change", spoken.change(result.change)),
        ("Status", "" if result.status == "final" else result.status),
    ]


def _texts(found: ResultDetail) -> list[tuple[str, str]]:
    texts = [("Conclusion", str(found.conclusion)), ("Text", str(found.text)), ("Notes", "\n".join(found.notes))]
    return [(title, text) for title, text in texts if text]


def _history(trend: Trend, found: ResultDetail, look: Look) -> list[Line]:
    """The newest values of a trend, where there is one before this result."""
    lines: list[Line] = []
    for values in trend.lines:
        earlier = [point for point in reversed(values.points) if point.id != found.result.id][:_EARLIER]
        if not earlier:
            continue
        title = f"Before: {trend.name}" if trend.panel else "Before"
        lines += [BLANK, *_title(title, look)]
        unit = unit_words(values.unit)
        if look.is_spoken:
            for point in earlier:
                value = spoken.words(amount(point.value, unit))
                lines += facts([("Date", day(point.date)), ("Value", value), ("Flag", point.flag)], look)
            continue
        rows = [
            (
                Span(day(point.date)),
                Span(amount(point.value, unit), charts.tone(point.flag)),
                Span(flag(point.flag), charts.tone(point.flag)),
                Span(point.portal if len(trend.portals) > 1 else ""),
            )
            for point in earlier
        ]
        lines += table(("DATE", "VALUE", "FLAG", "PORTAL"), rows, look.width)
        more = len(values.points) - 1 - len(earlier)
        if more > 0:
            follow = trend.code or trend.name
            lines += paragraph(f"… and {more} more: `portal labs trend {follow}`", look.width)
    return lines
