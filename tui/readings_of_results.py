"""Results for reading at length: their values against their ranges, their parts, and how they went until then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import elements
from store.records.unit_words import amount, unit_words
from tui import words
from tui.columns import Cell, Column, Row, line, widths
from tui.reading import Reading, facts, sections

if TYPE_CHECKING:
    from decimal import Decimal

    from store.client import Client
    from store.records.panels import PanelRow, ResultDetail
    from store.records.trends import Line, Point, Trend

_EARLIER = 40
_COLUMNS = (Column(most=11), Column(most=40, is_right=True), Column(most=20))
_MEMBERS = (
    Column(most=36, least=14),
    Column(most=24, least=8, is_right=True),
    Column(most=20),
    Column(most=22, from_width=50),
    Column(most=12, from_width=50, is_right=True),
)
_WIDTH = 76


def result(client: Client, reference: str) -> Reading:
    """A result or a panel: its value against its range, its parts, and what was before."""
    found = client.labs.show(reference)
    shown = found.result
    now, before = _points(found)
    return Reading(
        "Panel" if found.is_panel else "Result",
        shown.name or "Unnamed",
        facts(
            ("Value", amount(shown.value, shown.unit) if not shown.components else ""),
            ("Flag", words.flag(shown.flag) or ("" if found.is_panel else "none")),
            ("Usual range", _range(found)),
            ("Before", amount(before.value, shown.unit) + f", {words.full(before.date)}" if before else ""),
            ("Change", signed(now.change) if now else ""),
            ("Taken", words.full(shown.date)),
            ("Reported", words.full(found.issued) if found.issued != shown.date else ""),
            ("State", shown.status),
            ("Specimen", found.specimen),
            ("Method", found.method),
            ("By", "\n".join(found.performers)),
            ("Portal", shown.portal),
            *((part.name, _part(part.value, part.unit, part.flag)) for part in shown.components),
        ),
        sections(
            ("Results", _members(found.members)),
            ("Not here", f"{found.missing} more in this panel, not in the vault" if found.missing else ""),
            ("Conclusion", found.conclusion),
            ("Text", found.text),
            ("Notes", "\n".join(found.notes)),
            *(
                (_titled(trend, part), values(part))
                for trend in found.history
                for part in trend.lines
                if len(part.points) > 1
            ),
        ),
    )


def signed(number: Decimal | None) -> str:
    """A change with its sign: `+0.4`."""
    if number is None:
        return ""
    text = elements.plain(number)
    return text if text.startswith("-") or not number else f"+{text}"


def _range(found: ResultDetail) -> str:
    """The range that holds for this person, or all that there are, with their unit."""
    shown = found.result
    said = found.range.words(shown.unit) if found.range else shown.range
    return amount(said, shown.unit) if said[-1:].isdigit() else said


def _points(found: ResultDetail) -> tuple[Point | None, Point | None]:
    """This result as a point of its line, and the one before it."""
    for part in (part for trend in found.history for part in trend.lines):
        for index, point in enumerate(part.points):
            if point.id == found.result.id:
                return point, part.points[index - 1] if index else None
    return None, None


def _part(value: str, unit: str, flag: str) -> str:
    return "  ".join(filter(None, (amount(value, unit), words.flag(flag))))


def _members(members: tuple[PanelRow, ...]) -> str:
    """The results of a panel as aligned lines."""
    rows = [
        Row(
            str(member.result.id),
            (
                Cell(f"{'  ' * member.depth}{member.result.name}"),
                Cell(amount(member.result.value, member.result.unit)),
                Cell(words.short_flag(member.result.flag)),
                Cell(f"range {member.result.range}" if member.result.range else ""),
                Cell(signed(member.result.change)),
            ),
        )
        for member in members
    ]
    drawn = widths(_MEMBERS, rows, _WIDTH)
    return "\n".join("".join(cell.text for cell in line(_MEMBERS, row, drawn)).rstrip() for row in rows)


def _titled(trend: Trend, part: Line) -> str:
    return ", ".join(filter(None, (f"Over time: {trend.name}", unit_words(part.unit))))


def values(part: Line) -> str:
    """Values of one kind of result as aligned lines, the newest first."""
    points = tuple(reversed(part.points))
    rows = [_row(point, part.unit) for point in points[:_EARLIER]]
    drawn = widths(_COLUMNS, rows, _WIDTH)
    lines = ["".join(cell.text for cell in line(_COLUMNS, row, drawn)).rstrip() for row in rows]
    return "\n".join([*lines, f"… showing {_EARLIER} of {len(points)}"] if len(points) > _EARLIER else lines)


def _row(point: Point, unit: str) -> Row:
    return Row(
        str(point.id),
        (Cell(words.day(point.date)), Cell(amount(point.value, unit)), Cell(words.flag(point.flag))),
    )
