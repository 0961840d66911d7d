"""A table: aligned lines with a cursor, drawn line by line, however many there are."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import columns
from tui.actions import Where, bindings
from tui.columns import Tone
from tui.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events

    from tui.columns import Cell, Column, Row

_GUTTER = 2
_UNREAD = "  …"


class Table(ScrollView, can_focus=True):
    """Lines of some columns. Reports Chosen when one is opened, Moved, and Wanted when lines not here are seen.

    `empty` is what it says when there is none. With `keeps_mark` its line is marked also while the focus is elsewhere,
    such as on a page beside it. Headings stand above the columns where these have titles.
    """

    DEFAULT_CSS = """
    Table {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable; /* columns keep their widths when lines come */
        background: $background;
    }
    """
    BINDINGS = bindings(Where.LIST)
    COMPONENT_CLASSES = {  # noqa: RUF012 - Textual declares it so
        "table--plain",
        "table--quiet",
        "table--strong",
        "table--alert",
        "table--cursor",
        "table--heading",
    }

    cursor = reactive(0)

    class Chosen(Message):
        """A line was opened."""

        def __init__(self, table: Table, row: Row) -> None:
            self.table, self.row = table, row
            super().__init__()

        @property
        def control(self) -> Table:
            """The table that it was opened in."""
            return self.table

    class Moved(Message):
        """The cursor stands on another line; `row` is None where that has not been read yet."""

        def __init__(self, table: Table, row: Row | None) -> None:
            self.table, self.row = table, row
            super().__init__()

        @property
        def control(self) -> Table:
            """The table whose cursor it is."""
            return self.table

    class Wanted(Message):
        """Lines from `first` up to `until` (exclusive) are seen and not here: `Table.fill` takes them."""

        def __init__(self, table: Table, first: int, until: int) -> None:
            self.table, self.first, self.until = table, first, until
            super().__init__()

        @property
        def control(self) -> Table:
            """The table that wants them."""
            return self.table

    def __init__(
        self,
        wanted: Sequence[Column],
        empty: str,
        *,
        keeps_mark: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(wanted)
        self.lines = Lines()
        self._empty, self._instead = empty, ""
        self._keeps_mark = keeps_mark
        self._heading = 1 if any(column.title for column in wanted) else 0
        self._widest: tuple[int, ...] = (0,) * len(self.columns)
        self._drawn: tuple[int, ...] = ()
        self._instead_of_lines: list[str] = []
        self._asked: set[int] = set()

    def say_instead(self, words: str) -> None:
        """What an empty table says for now in place of its own words, which are these again when there are none."""
        if words != self._instead:
            self._instead = words
            self._measure()

    @property
    def current(self) -> Row | None:
        """The line under the cursor, None where there is none or it has not been read yet."""
        return self.lines[self.cursor]

    def show(self, rows: Sequence[Row]) -> None:
        """Show these lines, which are all there are.

        The cursor stays on its record, and on its line when that record is gone. A table that was scrolled goes along
        with the cursor; one that was not stays at its top, where new records come in.
        """
        line, top = self.cursor, self.scroll_offset.y
        here = self.current
        self.lines = Lines.whole(rows)
        self._widest = columns.widest(self.columns, rows)
        self._measure()
        self.cursor = next((index for index, row in enumerate(rows) if here and _place(row) == _place(here)), line)
        if top:
            self.scroll_to(y=top + self.cursor - line, animate=False, immediate=True)

    def show_long(self, total: int) -> None:
        """Show so many lines, none of which is here yet; what is seen of them is asked for by Wanted."""
        self.lines = Lines(total)
        self._asked.clear()
        self._widest = (0,) * len(self.columns)
        self._measure()
        self.cursor = self.validate_cursor(self.cursor)
        self._want()

    def grow(self, total: int) -> None:
        """There are more lines than was known."""
        self.lines.grow(total)
        self._measure()
        self._want()

    def fill(self, start: int, rows: Sequence[Row]) -> None:
        """Take lines that were wanted. Columns only ever get wider, so that nothing jumps while one scrolls."""
        self.lines.fill(start, rows)
        self._asked.discard(start)
        found = columns.widest(self.columns, rows)
        self._widest = tuple(max(pair) for pair in zip(self._widest, found, strict=True))
        self._measure()
        self.post_message(self.Moved(self, self.current))

    def on_resize(self) -> None:
        """Lay the columns out anew, and keep the cursor in sight."""
        self._measure()
        self._see_cursor()
        self._want()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a line."""
        return max(0, min(cursor, self.lines.total - 1))

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self._see_cursor()
        self.refresh()
        self.post_message(self.Moved(self, self.current))

    def _see_cursor(self) -> None:
        height = max(1, self.scrollable_content_region.height - self._heading)
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._want()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.cursor += step

    def action_leaf(self, step: int) -> None:
        """Move the cursor by a screenful."""
        self.cursor += step * max(1, self.scrollable_content_region.height - self._heading - 1)

    def action_move_to(self, line: int) -> None:
        """Move the cursor to a line; -1 is the last."""
        self.cursor = line % max(1, self.lines.total)

    def action_open(self) -> None:
        """Open the line under the cursor."""
        if self.current:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        """Choose a line with the mouse; a second click opens it."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self._heading:
            return
        line = offset.y - self._heading + self.scroll_offset.y
        if line < self.lines.total:
            self.cursor = line
            if event.chain > 1:
                self.action_open()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the table."""
        width = self.scrollable_content_region.width
        if y < self._heading:
            return self._headings(width)
        index = y - self._heading + self.scroll_offset.y
        if not self.lines.total and index < len(said := self._instead_of_lines):
            return self._strip([Segment(f"  {said[index]}", self._style(Tone.QUIET))], width)
        if index >= self.lines.total:
            return Strip.blank(width, self._style(Tone.PLAIN))
        row = self.lines[index]
        is_here = self.has_focus and index == self.cursor
        if row is None:
            style = self.get_component_rich_style("table--cursor") if is_here else self._style(Tone.QUIET)
            return self._strip([Segment(_UNREAD, style)], width, style if is_here else None)
        mark = "▸ " if self._keeps_mark and index == self.cursor else "  "
        return self._line(columns.line(self.columns, row, self._drawn), width, mark, is_here=is_here)

    def _line(self, cells: list[Cell], width: int, mark: str, *, is_here: bool) -> Strip:
        if not is_here:
            texts = (Segment(cell.text, self._style(cell.tone)) for cell in cells)
            return self._strip([Segment(mark, self._style(Tone.QUIET)), *texts], width)
        style = self.get_component_rich_style("table--cursor")
        return self._strip([Segment("▸ " + "".join(cell.text for cell in cells), style)], width, style)

    def _headings(self, width: int) -> Strip:
        style = self.get_component_rich_style("table--heading")
        names = columns.Row("", tuple(columns.Cell(column.title) for column in self.columns))
        text = "".join(cell.text for cell in columns.line(self.columns, names, self._drawn)) if self._drawn else ""
        return self._strip([Segment(f"  {text}", style)], width, style)

    def _measure(self) -> None:
        width = self.scrollable_content_region.width
        wanted = [
            max(found, len(column.title)) if found else 0
            for column, found in zip(self.columns, self._widest, strict=True)
        ]
        self._drawn = columns.fit(self.columns, wanted, max(0, width - _GUTTER))
        self._instead_of_lines = [] if self.lines.total else self._said()
        self.virtual_size = Size(width, (self.lines.total or len(self._instead_of_lines)) + self._heading)
        self.refresh(layout=True)

    def _said(self) -> list[str]:
        """What an empty table says, in lines that have room."""
        return wrap(self._instead or self._empty, max(1, self.scrollable_content_region.width - _GUTTER)) or [""]

    def _want(self) -> None:
        top = self.scroll_offset.y
        for start, stop in self.lines.missing(top, top + self.size.height):
            if start not in self._asked:
                self._asked.add(start)
                self.post_message(self.Wanted(self, start, stop))

    def _strip(self, segments: list[Segment], width: int, style: Style | None = None) -> Strip:
        # A component's style is kept by Textual; the table's own is made anew each time.
        return Strip(segments).adjust_cell_length(width, style or self._style(Tone.PLAIN))

    def _style(self, tone: Tone) -> Style:
        return self.get_component_rich_style(f"table--{tone}")


def _place(row: Row) -> tuple[str, str]:
    return row.portal, row.key
