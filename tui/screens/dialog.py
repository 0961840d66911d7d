"""Dialogs: what opens above a screen, with a blank margin, so that no word beside it reads as a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.await_complete import AwaitComplete
from textual.geometry import NULL_REGION, Region
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, ConsoleOptions, RenderableType
    from textual.screen import Screen

Result = TypeVar("Result")
_MARGIN = (0, 3, 0, 3)  # cells: on a line of 80 nothing is left beside most dialogs


class Dialog(ModalScreen[Result]):
    """A box above a screen, which is seen around it and does not touch it."""

    _cleared = NULL_REGION

    def on_mount(self) -> None:
        """Clear the margin whenever the box is laid out."""
        self.screen_layout_refresh_signal.subscribe(self, self._clear, immediate=True)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close it with a result, once: of keys that are typed fast, some come when it is closed already."""
        return super().dismiss(result) if self in self.app.screen_stack else AwaitComplete()

    def render(self) -> RenderableType:
        """What is seen of the screen below."""
        below = super().render()
        return _Below(below, self._cleared) if isinstance(below, BackgroundScreen) else below

    def _clear(self, _: Screen[object]) -> None:
        cleared = next((part.region.grow(_MARGIN) for part in self.children if part.layer == "default"), NULL_REGION)
        if cleared != self._cleared:
            self._cleared = cleared
            self.refresh()


class _Below:
    """The screen below, dimmed, and blank in one region."""

    def __init__(self, below: BackgroundScreen, blank: Region) -> None:
        self._below, self._blank = below, blank

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Its lines, each with a blank where the region is."""
        for y, line in enumerate(Segment.split_lines(console.render(self._below, options))):
            if y:
                yield Segment.line()
            yield from _blanked(line, self._blank) if self._blank.y <= y < self._blank.bottom else line


def _blanked(line: Iterable[Segment], blank: Region) -> Iterator[Segment]:
    segments = list(line)
    width = Segment.get_line_length(segments)
    edges = [max(0, blank.x), min(blank.right, width), width]
    before, within, after = (list(part) for part in Segment.divide(segments, edges))
    yield from before
    for segment in within:
        yield Segment(" " * segment.cell_length, Style(bgcolor=segment.style.bgcolor if segment.style else None))
    yield from after
