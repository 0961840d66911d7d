"""Lines to choose from, by arrows and by the keys of vi."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import OptionList

from tui.actions import Where, bindings

_MARK = "▸ "


class MarkedList(OptionList):
    """Lines to choose from, of which the chosen one has a sign in front, as in tables."""

    DEFAULT_CSS = f"""
    MarkedList > .option-list--option {{
        padding: 0 0 0 {len(_MARK)};
    }}
    """

    def render_line(self, y: int) -> Strip:
        """Draw a line, and the sign where the chosen one begins."""
        strip = super().render_line(y)
        return _marked(strip) if self._is_beginning(strip, y) else strip

    def _is_beginning(self, strip: Strip, y: int) -> bool:
        """Whether this is the first line of the chosen one, which may be long and take several."""
        if self.highlighted is None or _place(strip) != self.highlighted:
            return False
        return self.scroll_offset.y + y == 0 or _place(super().render_line(y - 1)) != self.highlighted


class Choices(MarkedList):
    """Lines to choose from, also by `j` and `k`."""

    BINDINGS = bindings(Where.CHOICES)


def _marked(strip: Strip) -> Strip:
    style = next(iter(strip)).style
    return Strip.join([Strip([Segment(_MARK, style)]), strip.crop(len(_MARK))])


def _place(strip: Strip) -> int | None:
    """Which option a line of the list is of, as Textual notes it for the mouse; None below the last one."""
    return next((segment.style.meta.get("option") for segment in strip if segment.style), None)
