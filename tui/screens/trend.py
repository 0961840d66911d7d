"""The trend screen: how something that is measured went over time, drawn, in numbers, and value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from store.records import elements
from store.records.unit_words import amount, unit_words
from tui import words
from tui.actions import Where, bindings
from tui.reading import Fact, facts
from tui.readings_of_results import signed, values
from tui.screens.dialog import Dialog
from tui.widgets.chart import Chart
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from textual.app import ComposeResult
    from textual.widget import Widget

    from store.records.trends import Line, Trend
    from store.services.labs import Trends


class TrendScreen(Dialog[None]):
    """Shows Trends: a chart for each unit that could not be made another, of each thing that was meant."""

    BINDINGS = bindings(Where.DIALOG, Where.TREND)
    AUTO_FOCUS = "#trend"

    def __init__(self, trends: Trends) -> None:
        super().__init__()
        self._trends = trends

    def compose(self) -> ComposeResult:
        """Everything, one under the other; the keys below."""
        with VerticalScroll(id="trend") as box:
            box.border_title = Content("Trend")
            for trend in self._trends.trends:
                yield from _trend(trend)
            if self._trends.is_cut:
                yield Static(Content("There are more results; these are the newest."), classes="hint")
        yield Keys()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#trend").scroll_relative(y=lines, animate=False)


def _trend(trend: Trend) -> Iterator[Widget]:
    name = f"{trend.name} ({trend.panel})" if trend.panel and trend.panel != trend.name else trend.name
    yield Static(Content(name or "Unnamed"), classes="title")
    for line in trend.lines:
        if len(line.points) > 1:
            yield Chart(line.points)
        for fact in _numbers(line):
            yield Horizontal(
                Static(Content(fact.label), classes="label"),
                Static(Content(fact.value), classes="value"),
                classes="fact",
            )
        yield Static(Content(", ".join(filter(None, ("Values", unit_words(line.unit))))), classes="section")
        yield Static(Content(values(line)), classes="body")
    for remark in trend.remarks:
        said = (words.day(remark.date).strip(), remark.value, words.flag(remark.flag))
        yield Static(Content("  ".join(filter(None, said))), classes="body")
    for note in trend.notes:
        yield Static(Content(f"Note: {note}."), classes="hint")


def _numbers(line: Line) -> tuple[Fact, ...]:
    found = line.statistics
    several = found.count > 1
    last = line.points[-1]
    out = f", {found.out_of_range} out of range" if found.out_of_range else ""
    return facts(
        ("Values", f"{words.count(found.count, 'value')}{out}"),
        (
            "Latest",
            "  ".join(filter(None, (amount(last.value, line.unit), words.full(last.date), words.flag(last.flag)))),
        ),
        ("Lowest", _amount(found.lowest, line.unit) if several else ""),
        ("Highest", _amount(found.highest, line.unit) if several else ""),
        ("Mean", _amount(found.mean, line.unit) if several else ""),
        ("Median", _amount(found.median, line.unit) if several else ""),
        ("Change", amount(signed(found.change), line.unit) if several else ""),
        ("Usual range", _usual(line)),
    )


def _usual(line: Line) -> str:
    """The range that the latest value is judged by."""
    low, high = line.points[-1].low, line.points[-1].high
    if low is not None and high is not None:
        return amount(f"{elements.plain(low)} - {elements.plain(high)}", line.unit)
    if low is not None:
        return amount(f"≥ {elements.plain(low)}", line.unit)
    return "" if high is None else amount(f"≤ {elements.plain(high)}", line.unit)


def _amount(number: Decimal | None, unit: str) -> str:
    return "" if number is None else amount(elements.plain(number), unit)
