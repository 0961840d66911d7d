"""A month as a grid of days, with what is on each, and a cursor that goes by day, week and month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui import month_days, words
from tui.actions import Where, bindings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.style import Style
    from textual import events

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = len(_DAYS)
_HEAD = 2  # lines above the weeks
_LINES = 2  # of a week
_MOST_WEEKS = 6
_TURN = "   [ and ] turn the page, home goes to today"
_NARROWEST, _WIDEST = 9, 16  # cells of a day


@dataclass(frozen=True)
class Entry:
    """What is on a day: the sign of its state, and its time, which may be empty."""

    sign: str
    time: str = ""


class Month(Widget, can_focus=True):
    """Shows the month of the chosen day. Reports Moved, and Opened when a day is opened."""

    DEFAULT_CSS = f"""
    Month {{
        height: {_HEAD + _LINES * _MOST_WEEKS};
        background: $background;
        display: none;

        & > .month--heading {{
            color: $text-muted;
            text-style: underline;
        }}

        & > .month--quiet {{
            color: $text-muted;
        }}

        & > .month--strong {{
            text-style: bold;
        }}

        & > .month--cursor {{
            color: $text;
            background: $primary;
            text-style: bold;
        }}
    }}
    """
    BINDINGS = bindings(Where.MONTH)
    COMPONENT_CLASSES = {  # noqa: RUF012 - Textual declares it so
        "month--plain",
        "month--quiet",
        "month--strong",
        "month--cursor",
        "month--heading",
    }

    day = reactive(date(2000, 1, 1))

    class Moved(Message):
        """Another day was chosen."""

        def __init__(self, day: date) -> None:
            self.day = day
            super().__init__()

    class Opened(Message):
        """A day was opened."""

        def __init__(self, day: date) -> None:
            self.day = day
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._today = date(2000, 1, 1)
        self._entries: Mapping[date, tuple[Entry, ...]] = {}

    def show(self, today: date, entries: Mapping[date, tuple[Entry, ...]]) -> None:
        """Show what is on each day; the first time, the cursor goes to today."""
        if self._today == date(2000, 1, 1):
            self.set_reactive(Month.day, today)
        self._today, self._entries = today, entries
        self.refresh()

    def watch_day(self) -> None:
        """Tell that another day is chosen."""
        self.refresh()
        self.post_message(self.Moved(self.day))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def action_by_days(self, days: int) -> None:
        """Go on, or back, by days."""
        self.day = month_days.days_on(self.day, days)

    def action_by_months(self, months: int) -> None:
        """Go on, or back, by months."""
        self.day = month_days.months_on(self.day, months)

    def action_today(self) -> None:
        """Go to today."""
        self.day = self._today

    def action_open_day(self) -> None:
        """Open what is on the chosen day."""
        self.post_message(self.Opened(self.day))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go to the next month."""
        event.stop()
        self.action_by_months(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go to the month before."""
        event.stop()
        self.action_by_months(-1)

    def on_click(self, event: events.Click) -> None:
        """Choose a day with the mouse; a second click opens it."""
        week, column = (event.y - _HEAD) // _LINES, (event.x - 1) // self._width
        shown = month_days.weeks(self.day)
        if event.y < _HEAD or not 0 <= week < len(shown) or not 0 <= column < _WEEK:
            return
        chosen = shown[week][column]
        if chosen is not None:
            self.day = chosen
            if event.chain > 1:
                self.action_open_day()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the month."""
        if y == 0:
            title = f"{words.MONTH_NAMES[self.day.month - 1]} {self.day.year}"
            return self._strip([Segment(f" {title}", self._style("strong")), Segment(_TURN, self._style("quiet"))])
        if y == 1:
            heads = "".join(f" {name}".ljust(self._width) for name in _DAYS)
            return self._strip([Segment(f" {heads}", self._style("heading"))])
        week, line = divmod(y - _HEAD, _LINES)
        shown = month_days.weeks(self.day)
        if week >= len(shown):
            return self._strip([])
        return self._strip([Segment(" ", self.rich_style), *(self._cell(day, line) for day in shown[week])])

    @property
    def _width(self) -> int:
        return max(_NARROWEST, min(_WIDEST, (self.size.width - 1) // _WEEK))

    def _cell(self, day: date | None, line: int) -> Segment:
        if day is None:
            return Segment(" " * self._width, self._style("quiet"))
        is_chosen = day == self.day
        text = _told(self._entries.get(day, ()), self._width) if line else self._number(day, is_chosen=is_chosen)
        kind = "cursor" if is_chosen and self.has_focus else "strong" if line or day == self._today else "plain"
        return Segment(set_cell_size(text, self._width), self._style(kind))

    def _number(self, day: date, *, is_chosen: bool) -> str:
        today = "" if day != self._today else " now" if self._width == _NARROWEST else " today"
        return f"{'▸' if is_chosen else ' '}{day.day:2d}{today}"

    def _strip(self, segments: list[Segment]) -> Strip:
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"month--{kind}")


def _told(entries: tuple[Entry, ...], width: int) -> str:
    """What is on a day in few cells: the first of it, and how much more."""
    if not entries:
        return ""
    more = f"+{len(entries) - 1}" if len(entries) > 1 else ""
    sign, time = entries[0].sign, f"{entries[0].time or 'day'}{more}"
    spaced = f" {sign} {time}"
    return spaced if cell_len(spaced) < width else f" {sign}{time}"
