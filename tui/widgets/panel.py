"""A panel: a titled list of aligned lines with a cursor, drawn line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import columns
from tui.actions import Where, bindings
from tui.columns import Tone

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

    from tui.columns import Row
    from tui.nouns import Noun

_GUTTER = 2


class Panel(ScrollView, can_focus=True):
    """The lines of one noun. Reports Chosen when one is opened, and Left when the cursor runs out of lines."""

    BINDINGS = bindings(Where.PANEL)
    COMPONENT_CLASSES = {"panel--plain", "panel--quiet", "panel--strong", "panel--alert", "panel--cursor"}  # noqa: RUF012 - Textual declares it so

    cursor = reactive(0)

    class Chosen(Message):
        """A line was opened."""

        def __init__(self, noun: Noun, key: str, portal: str = "") -> None:
            self.noun, self.key, self.portal = noun, key, portal
            super().__init__()

    class Left(Message):
        """The cursor ran past the last line (`step` 1) or the first one (-1)."""

        def __init__(self, panel: Panel, step: int) -> None:
            self.panel, self.step = panel, step
            super().__init__()

    def __init__(self, noun: Noun) -> None:
        super().__init__(id=noun.name)
        self.noun = noun
        self.rows: tuple[Row, ...] = ()
        self.border_title = Content(noun.title)
        self._drawn: tuple[int, ...] = ()

    def show(self, rows: tuple[Row, ...], note: str) -> None:
        """Show these lines; `note` stands at the end of the title's line.

        The cursor stays on its record, and on its line when that record is gone. A panel that was scrolled goes along
        with the cursor; one that was not stays at its top, where new records come in.
        """
        line, top = self.cursor, self.scroll_offset.y
        before = _place(self.rows[line]) if self.rows else None
        self.rows = rows
        self.border_subtitle = Content(note)
        self._measure()
        self.cursor = next((index for index, row in enumerate(rows) if _place(row) == before), line)
        if top:
            self.scroll_to(y=top + self.cursor - line, animate=False, immediate=True)

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self._measure()

    def _measure(self) -> None:
        width = self.scrollable_content_region.width
        spare = 0 if self.show_vertical_scrollbar else self.scrollbar_size_vertical  # it may come with these lines
        self._drawn = columns.widths(self.noun.columns, self.rows, max(0, width - spare - _GUTTER))
        self.virtual_size = Size(width, max(1, len(self.rows)))
        self.refresh(layout=True)

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a line."""
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)
        self.refresh()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def action_move(self, step: int) -> None:
        """Move the cursor, or leave the panel at its end."""
        if 0 <= self.cursor + step < len(self.rows):
            self.cursor += step
        else:
            self.post_message(self.Left(self, step))

    def action_move_to(self, line: int) -> None:
        """Move the cursor to a line; -1 is the last."""
        self.cursor = line % max(1, len(self.rows))

    def action_open(self) -> None:
        """Open the line under the cursor."""
        if self.rows:
            row = self.rows[self.cursor]
            self.post_message(self.Chosen(self.noun, row.key, row.portal))

    def on_click(self, event: events.Click) -> None:
        """Choose a line with the mouse; a second click opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        line = offset.y + self.scroll_offset.y
        if line < len(self.rows):
            self.cursor = line
            if event.chain > 1:
                self.action_open()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the panel."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        if not self.rows and index == 0:
            return self._strip([Segment(f"  {self.noun.empty}", self._style(Tone.QUIET))], width)
        if index >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        cells = columns.line(self.noun.columns, self.rows[index], self._drawn)
        if not (self.has_focus and index == self.cursor):
            return self._strip(
                [Segment("  ", self.rich_style), *(Segment(cell.text, self._style(cell.tone)) for cell in cells)], width
            )
        style = self.get_component_rich_style("panel--cursor")
        line = "▸ " + "".join(cell.text for cell in cells)
        return self._strip([Segment(line, style)], width, style)

    def _strip(self, segments: list[Segment], width: int, style: Style | None = None) -> Strip:
        return Strip(segments).adjust_cell_length(width, style or self.rich_style)

    def _style(self, tone: Tone) -> Style:
        return self.get_component_rich_style(f"panel--{tone}")


def _place(row: Row) -> tuple[str, str]:
    return row.portal, row.key
