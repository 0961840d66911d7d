"""NO_COLOR at its word: no code of a colour is sent, not even of a grey; `app.tcss` has what stands in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.filter import LineFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.color import Color

_STYLES_KEPT = 1024


class Colourless(LineFilter):
    """Takes the colours out of what is drawn; what is bold, underlined or reversed stays so."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments without colours."""
        del background
        return [Segment(text, style and _without_colours(style), control) for text, style, control in segments]


@lru_cache(_STYLES_KEPT)
def _without_colours(style: Style) -> Style:
    """A style without its colours, which still knows what a click on it does."""
    return style.without_color + Style.from_meta(style.meta)


_FILTERS = (Colourless(),)


class ColourlessApp(App[None]):
    """An application that sends no colour where NO_COLOR is set, and is as it is elsewhere."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What changes lines before they are drawn."""
        return _FILTERS if self.no_color else super().get_line_filters()
