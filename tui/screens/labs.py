"""Results: laboratory results or vital signs, each with what was before it and how it went over time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from store.services.wanted import Wanted
from tui import readings_of_results
from tui.actions import Where, bindings
from tui.calls import Asked
from tui.columns import Column
from tui.screens.long import LongListScreen
from tui.screens.trend import TrendScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.client import Client
    from store.services.labs import Trends
    from store.services.values import RecordRow
    from tui.columns import Row
    from tui.reading import Reading

_LAB, _VITAL = ("lab",), ("vital",)


class LabsScreen(LongListScreen):
    """Laboratory results; a key shows vital signs in their place."""

    NAME = "labs"
    BINDINGS = bindings(Where.LONG, Where.LABS)
    COLUMNS = (
        Column(most=11, title="Date"),
        Column(most=70, least=20, title="Result"),
        Column(most=40, least=10, title="Value"),
        Column(most=18, title="Flag"),
        Column(most=20, from_width=70, title="State"),
    )
    EMPTY = "No results. Press s to look for new ones."
    HINT = "Enter opens a result here, with what was before it; t draws how it went over time."

    def __init__(self) -> None:
        super().__init__(Wanted(kinds=_LAB))

    def question(self, typed: str) -> str:
        """What is searched for: among results alone."""
        return f"kind:{self.wanted.kinds[0]} {typed}"

    def rows(self, records: Sequence[RecordRow]) -> list[Row]:
        """Results as lines; all are of one kind."""
        return [replace(row, cells=(row.cells[0], *row.cells[2:])) for row in super().rows(records)]

    def listed(self) -> str:
        """What is listed, in words."""
        kind = "Laboratory results" if self.wanted.kinds == _LAB else "Vital signs"
        return f"{kind}, out of range" if self.wanted.abnormal else kind

    def reading(self, reference: str) -> Callable[[Client], Reading]:
        """How a result is read."""
        return partial(readings_of_results.result, reference=reference)

    @property
    def is_turned(self) -> bool:
        """Whether vital signs are shown."""
        return self.wanted.kinds == _VITAL

    def action_vitals(self) -> None:
        """Show vital signs in place of laboratory results, or the other way round."""
        self.narrow_to(replace(self.wanted, kinds=_VITAL if self.wanted.kinds == _LAB else _LAB))
        self.refresh_bindings()

    def action_trend(self) -> None:
        """Draw how what is under the cursor went over time."""
        if row := self.table.current:
            self.ask(partial(_trend, reference=row.key), self._show_trend, asked=Asked(row.portal, "record"))

    def _show_trend(self, trends: Trends) -> None:
        if self.is_current:
            self.app.push_screen(TrendScreen(trends))


def _trend(client: Client, reference: str) -> Trends:
    """The trend of what a record is of, by its code where it has one."""
    row = client.records.show(reference).row
    return client.labs.trend(str(row.code) or str(row.title))
