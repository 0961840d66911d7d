"""Lists of records of any length: where all of them are is read a stretch at a time, and those that are seen."""

from __future__ import annotations

from array import array
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.services.wanted import Wanted
from tui import kinds, readings_of_records, rows, words
from tui.calls import CHOICE, Asked
from tui.screens.pick import PickScreen
from tui.screens.split import SplitScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.client import Client
    from store.services.searches import Hits
    from store.services.stretches import Stretch
    from store.services.values import RecordRow
    from tui.columns import Row
    from tui.reading import Reading

_FOUND = 500  # records that a search lists
_ORDERS = {"best": "best first", "title": "by title, then newest first", "date": "newest first"}


class LongListScreen(SplitScreen):
    """Records that are wanted, or that a search finds; opened beside the list or above it."""

    def __init__(self, wanted: Wanted | None = None) -> None:
        super().__init__()
        self.wanted = wanted or Wanted()
        self.by_relevance = False
        self._places: array[int] = array("q")
        self._is_whole = False

    def reload(self) -> None:
        """Begin the list anew; the cursor stays on its line."""
        if self.typed:
            self.ask(partial(_search, text=self.question(self.typed), by_relevance=self.by_relevance), self._show_hits)
        else:
            wanted = self.wanted
            self.ask(lambda client: client.stretches.next(wanted), self._begin)

    def question(self, typed: str) -> str:
        """What is searched for when this was typed."""
        return typed

    def rows(self, records: Sequence[RecordRow]) -> list[Row]:
        """Records as lines of this list."""
        return [rows.record(record, self.portal.clock()) for record in records]

    def found(self, hits: Hits) -> list[Row]:
        """What a search found, as lines of this list."""
        return self.rows(hits.items)

    def begin(self, stretch: Stretch) -> None:
        """Note the first records of a list that begins."""

    def more(self, stretch: Stretch) -> None:
        """Note more records of a list."""

    def listed(self) -> str:
        """What is listed, in words."""
        narrowed = [", ".join(map(kinds.of_noun, self.wanted.kinds)).capitalize() or "All records"]
        narrowed += ["out of range"] if self.wanted.abnormal else []
        narrowed += ["new since your last look"] if self.wanted.new else []
        return ", ".join(narrowed)

    def reading(self, reference: str) -> Callable[[Client], Reading]:
        """How one of its records is read."""
        return partial(readings_of_records.record, reference=reference, key_of_documents="d")

    def narrow_to(self, wanted: Wanted) -> None:
        """List other records, from the first."""
        self.wanted = wanted
        self.table.cursor = 0
        self.reload()

    @on(Table.Wanted)
    def read_lines(self, message: Table.Wanted) -> None:
        """Read lines that have come into sight."""
        places = tuple(self._places[message.first : message.until])

        def fill(found: tuple[RecordRow, ...]) -> None:
            self.table.fill(message.first, self.rows(found))

        self.ask(lambda client: client.stretches.rows(places), fill, asked=Asked(group=f"lines {message.first}"))

    @on(Table.Chosen)
    def read_record(self, message: Table.Chosen) -> None:
        """Read a record that was opened."""
        self.open(self.reading(message.row.key), message.row.portal)

    def action_abnormal(self) -> None:
        """List what is flagged alone, or everything again."""
        self.narrow_to(replace(self.wanted, abnormal=not self.wanted.abnormal))

    def action_order(self) -> None:
        """Put what a search finds in the other order: the newest first, or what is most about it."""
        self.by_relevance = not self.by_relevance
        self.reload()

    def action_kind(self) -> None:
        """Let a kind be chosen."""
        self.ask(lambda client: client.records.counts(), self._ask_kind, asked=Asked(group=CHOICE))

    def action_learn(self) -> None:
        """Read up on the record under the cursor."""
        if row := self.table.current:
            self.portal.go("learn", row.key, self.NAME)

    def action_documents(self) -> None:
        """Read the documents of the record under the cursor."""
        if row := self.table.current:
            self.do(
                partial(readings_of_records.documents, reference=row.key), self.show_reading, asked=Asked(row.portal)
            )

    def action_changes(self) -> None:
        """Read what changed between the last two versions of the record under the cursor."""
        if row := self.table.current:
            self.open(partial(readings_of_records.changes, reference=row.key), row.portal)

    def _begin(self, stretch: Stretch) -> None:
        self._places = array("q", stretch.places)
        self.begin(stretch)
        self.table.show_long(len(self._places))
        self._go_on(stretch)

    def _go_on(self, stretch: Stretch) -> None:
        self._is_whole = stretch.after is None
        more = "" if self._is_whole else " so far"
        self.say(f"{self.listed()}  ·  {words.count(len(self._places), 'record')}{more}")
        if after := stretch.after:
            wanted = self.wanted
            self.ask(lambda client: client.stretches.next(wanted, after), self._more)

    def _more(self, stretch: Stretch) -> None:
        self._places.extend(stretch.places)
        self.more(stretch)
        self.table.grow(len(self._places))
        self._go_on(stretch)

    def _show_hits(self, hits: Hits) -> None:
        self.table.show(self.found(hits))
        at_least = "at least " if hits.is_floor else ""
        order = _ORDERS[hits.ranking]
        meant = f"  ·  perhaps you mean: {', '.join(hits.suggestions)}" if hits.suggestions else ""
        self.say(f"{len(hits.items)} of {at_least}{hits.total} found, {order}{meant}")

    def _ask_kind(self, counts: dict[str, int]) -> None:
        lines = [("", f"All records ({sum(counts.values())})")]
        named = {kind: kinds.of_noun(kind).capitalize() for kind in counts}
        lines += [(kind, f"{named[kind]} ({counts[kind]})") for kind in sorted(counts, key=named.__getitem__)]
        chosen = "".join(self.wanted.kinds)
        self.app.push_screen(PickScreen("Which kind?", tuple(lines), chosen), self._take_kind)

    def _take_kind(self, kind: str | None) -> None:
        if kind is not None:
            self.narrow_to(replace(self.wanted, kinds=(kind,) if kind else ()))


def _search(client: Client, text: str, *, by_relevance: bool) -> Hits:
    return client.records.search(text, _FOUND, by_relevance=by_relevance)
