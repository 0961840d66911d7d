"""Records: every record of the chart, newest first, however many there are."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.services.wanted import Wanted
from tui import readings, rows, words
from tui.actions import Where, bindings
from tui.calls import Asked
from tui.columns import Column
from tui.screens.pick import PickScreen
from tui.screens.split import SplitScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.client import Client
    from store.services.searches import Hits
    from store.services.stretches import Stretch
    from store.services.values import RecordRow

_FOUND = 500  # records that a search lists


class RecordsScreen(SplitScreen):
    """Reads the places of all records first, a stretch at a time, and of the records those that are seen."""

    NAME = "records"
    BINDINGS = bindings(Where.RECORDS)
    COLUMNS = (
        Column(most=11, title="Date"),
        Column(most=14, from_width=60, title="Kind"),
        Column(most=80, least=20, title="Record"),
        Column(most=30, least=10, title="Value"),
        Column(most=18, title="Flag"),
        Column(most=16, from_width=90, title="State"),
    )
    EMPTY = "No records."

    def __init__(self) -> None:
        super().__init__()
        self._kind = ""
        self._places: array[int] = array("q")
        self._is_whole = False

    def reload(self) -> None:
        """Begin the list anew."""
        if self.typed:
            self.ask(partial(_search, text=self.typed), self._show_hits)
        else:
            self.ask(partial(_first, wanted=self._wanted), self._begin)

    @property
    def _wanted(self) -> Wanted:
        return Wanted(kinds=(self._kind,) if self._kind else ())

    def _begin(self, stretch: Stretch) -> None:
        self._places = array("q", stretch.places)
        self.table.show_long(len(self._places))
        self._go_on(stretch)

    def _go_on(self, stretch: Stretch) -> None:
        self._is_whole = stretch.after is None
        self._summarize()
        if after := stretch.after:
            self.ask(lambda client: client.stretches.next(self._wanted, after), self._more)

    def _more(self, stretch: Stretch) -> None:
        self._places.extend(stretch.places)
        self.table.grow(len(self._places))
        self._go_on(stretch)

    def _summarize(self) -> None:
        more = "" if self._is_whole else " so far"
        self.say(f"{self._kind.capitalize() or 'All records'}  ·  {words.count(len(self._places), 'record')}{more}")

    def _show_hits(self, hits: Hits) -> None:
        self.table.show([rows.record(hit, self.portal.clock()) for hit in hits.items])
        at_least = "at least " if hits.is_floor else ""
        self.say(f"“{self.typed}”  ·  showing {len(hits.items)} of {at_least}{hits.total}")

    @on(Table.Wanted)
    def read_lines(self, message: Table.Wanted) -> None:
        """Read lines that have come into sight."""
        places = tuple(self._places[message.first : message.until])

        def fill(found: tuple[RecordRow, ...]) -> None:
            self.table.fill(message.first, [rows.record(row, self.portal.clock()) for row in found])

        self.ask(lambda client: client.stretches.rows(places), fill, asked=Asked(group=f"lines {message.first}"))

    @on(Table.Chosen)
    def read_record(self, message: Table.Chosen) -> None:
        """Read a record that was opened."""
        self.open(partial(readings.record, reference=message.row.key), message.row.portal)

    def action_kind(self) -> None:
        """Let a kind be chosen."""
        self.ask(lambda client: client.records.counts(), self._ask_kind)

    def _ask_kind(self, counts: dict[str, int]) -> None:
        lines = [("", f"All records ({sum(counts.values())})")]
        lines += [(kind, f"{kind} ({count})") for kind, count in sorted(counts.items())]
        self.app.push_screen(PickScreen("Which kind?", tuple(lines)), self._take_kind)

    def _take_kind(self, kind: str | None) -> None:
        if kind is not None:
            self._kind = kind
            self.table.cursor = 0
            self.reload()


def _first(client: Client, wanted: Wanted) -> Stretch:
    return client.stretches.next(wanted)


def _search(client: Client, text: str) -> Hits:
    return client.records.search(text, _FOUND)
