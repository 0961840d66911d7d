"""Allergies: what there is, a new one that the patient tells of, and the end of one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from tui import forms_of_details, readings_of_details, readings_of_requests, rows_of_details
from tui.actions import Where, bindings
from tui.columns import Column
from tui.rows_of_details import REQUEST
from tui.screens.writing import WritingScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.client import Client
    from store.records.allergies import Allergy
    from store.services.outbox_rows import OutboxRow
    from tui.reading import Reading


class AllergiesScreen(WritingScreen):
    """Allergies, those that one has or all."""

    NAME = "allergies"
    BINDINGS = bindings(Where.WRITING, Where.ALLERGIES)
    COLUMNS = (
        Column(most=50, least=14, title="Allergy"),
        Column(most=40, least=12, title="Reaction"),
        Column(most=12, title="Category", from_width=66),
        Column(most=16, title="Standing", from_width=76),
        Column(most=18, title="State"),
    )
    EMPTY = "No allergy is recorded; that does not mean none. Press n to tell of one."
    HINT = "Enter opens an allergy here. Press n to tell of one, x to end one."

    def __init__(self) -> None:
        super().__init__()
        self._every = False

    def reload(self) -> None:
        """Read the list anew."""
        self.ask(partial(_read, every=self._every), self._show)

    @on(Table.Chosen)
    def read_line(self, message: Table.Chosen) -> None:
        """Read an allergy, or what became of a request about one."""
        self.open(partial(_reading, key=message.row.key), message.row.portal)

    def action_view(self) -> None:
        """List those that are over, too, or those alone that one has."""
        self._every = not self._every
        self.reload()

    def action_add(self) -> None:
        """Tell of an allergy."""
        self.for_whom(lambda portal: self.fill_in(partial(forms_of_details.new_allergy, portal=portal), portal))

    def action_end(self) -> None:
        """Say that the allergy under the cursor is over, or was told of in error."""
        if row := self.chosen("there is no allergy to do that with"):
            if row.key.startswith(f"{REQUEST}/"):
                self.refuse("it is not sent yet: it is given up in the outbox (g, then b)")
                return
            form = partial(forms_of_details.end_allergy, allergy_id=row.key, portal=str(row.portal))
            self.for_them(row.portal, lambda portal: self.fill_in(form, portal))

    def _show(self, found: tuple[tuple[Allergy, ...], tuple[OutboxRow, ...]]) -> None:
        allergies, waiting = found
        rows = [rows_of_details.allergy_waiting(each, self.whose(each.portal, each.patient)) for each in waiting]
        rows += [rows_of_details.allergy(each, self.whose(each.portal, each.patient)) for each in allergies]
        self.table.show(self.narrowed(rows))
        which = ", also those that are over" if self._every else ""
        left = f"  ·  ○ {len(waiting)} not sent yet" if waiting else ""
        number = "1 allergy" if len(allergies) == 1 else f"{len(allergies)} allergies"
        self.say(f"{number}{which}{left}")


def _read(client: Client, *, every: bool) -> tuple[tuple[Allergy, ...], tuple[OutboxRow, ...]]:
    found = client.allergies.list(every=every).items
    names = {str(each.id) for each in found}
    waiting = client.outbox.list(waiting=True).items
    return found, tuple(
        each for each in waiting if each.type == "AllergyIntolerance" and not each.target and each.id not in names
    )


def _reading(client: Client, key: str) -> Reading:
    kind, _, name = key.partition("/")
    if kind == REQUEST:
        return readings_of_requests.request(client.outbox.show(name))
    return readings_of_details.allergy(client.allergies.show(key))
