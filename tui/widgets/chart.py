"""A chart: how values went over time, their usual range as a band, each point a shape that tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from store.records import charts
from store.records.toned import Tone
from tui import words

if TYPE_CHECKING:
    from textual import events

    from store.records.dates import FhirDate
    from store.records.trends import Point

_STYLES = {
    Tone.PLAIN: "",
    Tone.TITLE: "bold",
    Tone.QUIET: "$text-muted",
    Tone.GOOD: "$text-success",
    Tone.HIGH: "$text-error bold",
    Tone.LOW: "$text-primary bold",
    Tone.ODD: "$text-warning bold",
}


def _day(date: FhirDate) -> str:
    return words.day(date).strip()


class Chart(Static):
    """Draws points as wide as there is room for."""

    def __init__(self, points: tuple[Point, ...]) -> None:
        super().__init__(markup=False)
        self._points = points

    def on_resize(self, event: events.Resize) -> None:
        """Draw anew in the new width."""
        lines = [
            Content.assemble(*((span.text, _STYLES[span.tone]) for span in line))
            for line in charts.draw(self._points, event.size.width, _day)
        ]
        self.update(Content("\n").join(lines))
