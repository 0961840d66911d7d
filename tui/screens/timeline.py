"""The timeline: every record under the month that it is of, with a jump from year to year."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store.services import timelines
from tui import rows
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.long import LongListScreen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.services.stretches import Stretch
    from store.services.values import RecordRow
    from tui.columns import Row

_UNDATED = 1 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TimelineScreen(LongListScreen):
    """Records newest first, the first of each month telling the month."""

    NAME = "timeline"
    BINDINGS = bindings(Where.LONG, Where.TIMELINE)
    COLUMNS = (
        Column(most=8, title="Month"),
        Column(most=6, title="Day"),
        Column(most=14, from_width=54, title="Kind"),
        Column(most=80, least=20, title="Record"),
        Column(most=40, least=10, title="Value"),
        Column(most=18, title="Flag"),
    )
    EMPTY = "No records. Press s to look for new ones."

    def __init__(self) -> None:
        super().__init__()
        self._ages: array[int] = array("q")  # negative dates, which ascend as the list goes on

    def rows(self, records: Sequence[RecordRow]) -> list[Row]:
        """Records as lines, the first of each month with its name."""
        return [
            rows.in_month(record, self.portal.clock(), is_first=index == 0)
            for stretch in timelines.by_time(records, by_day=False)
            for index, record in enumerate(stretch.items)
        ]

    def begin(self, stretch: Stretch) -> None:
        """Note when the first records were."""
        self._ages = array("q", _ages(stretch.dates))

    def more(self, stretch: Stretch) -> None:
        """Note when more records were."""
        self._ages.extend(_ages(stretch.dates))

    def action_year(self, step: int) -> None:
        """Go to the first record of the year before (1), or to that of the year after (-1)."""
        here = self._ages[self.table.cursor] if self._ages else _UNDATED
        if here == _UNDATED:
            return
        year = (_EPOCH - timedelta(seconds=here)).year - step
        end = datetime(min(max(year + 1, 1), 9999), 1, 1, tzinfo=UTC)
        self.table.cursor = bisect_left(self._ages, -int((end - _EPOCH).total_seconds()) + 1)


def _ages(dates: Iterable[int | None]) -> Iterable[int]:
    return (_UNDATED if date is None else -date for date in dates)
