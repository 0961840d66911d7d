"""Insurance: what there is, a new one with pictures of its card, and the end of one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from tui import forms_of_details, readings_of_details, readings_of_requests, rows_of_details, words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.rows_of_details import REQUEST
from tui.screens.writing import WritingScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.client import Client
    from store.records.coverages import Insurance
    from store.services.outbox_rows import OutboxRow
    from tui.reading import Reading


class InsuranceScreen(WritingScreen):
    """Insurances, those that are current or all."""

    NAME = "insurance"
    BINDINGS = bindings(Where.WRITING, Where.INSURANCE)
    COLUMNS = (
        Column(most=50, least=14, title="Insurer"),
        Column(most=30, least=8, title="Plan", from_width=60),
        Column(most=24, least=12, title="Member number"),
        Column(most=28, title="When", from_width=80),
        Column(most=18, title="State"),
    )
    EMPTY = "No insurance is recorded. Press n to tell of one."
    HINT = "Enter opens an insurance here. Press n to tell of a new one, x to end one."

    def __init__(self) -> None:
        super().__init__()
        self._every = False

    def reload(self) -> None:
        """Read the list anew."""
        self.ask(partial(_read, every=self._every), self._show)

    @on(Table.Chosen)
    def read_line(self, message: Table.Chosen) -> None:
        """Read an insurance, or what became of a request about one."""
        self.open(partial(_reading, key=message.row.key), message.row.portal)

    def action_view(self) -> None:
        """List what is over, too, or what is current alone."""
        self._every = not self._every
        self.reload()

    def action_add(self) -> None:
        """Tell of an insurance."""
        self.for_whom(lambda portal: self.fill_in(partial(forms_of_details.new_insurance, portal=portal), portal))

    def action_end(self) -> None:
        """Tell of the end of the insurance under the cursor."""
        if row := self.chosen("there is no insurance to do that with"):
            if row.key.startswith(f"{REQUEST}/"):
                self.refuse("it is not sent yet: it is given up in the outbox (g, then b)")
                return
            form = partial(forms_of_details.end_insurance, insurance_id=row.key, portal=str(row.portal))
            self.for_them(row.portal, lambda portal: self.fill_in(form, portal))

    def _show(self, found: tuple[tuple[Insurance, ...], tuple[OutboxRow, ...]]) -> None:
        insurances, waiting = found
        rows = [rows_of_details.insurance_waiting(each, self.whose(each.portal, each.patient)) for each in waiting]
        rows += [rows_of_details.insurance(each, self.whose(each.portal, each.patient)) for each in insurances]
        self.table.show(self.narrowed(rows))
        which = "also what is over" if self._every else "current"
        left = f"  ·  ○ {len(waiting)} not sent yet" if waiting else ""
        self.say(f"{words.count(len(insurances), 'insurance')}, {which}{left}")


def _read(client: Client, *, every: bool) -> tuple[tuple[Insurance, ...], tuple[OutboxRow, ...]]:
    found = client.insurance.list(every=every).items
    names = {str(each.id) for each in found}
    waiting = client.outbox.list(waiting=True).items
    return found, tuple(
        each for each in waiting if each.type == "Coverage" and not each.target and each.id not in names
    )


def _reading(client: Client, key: str) -> Reading:
    kind, _, name = key.partition("/")
    if kind == REQUEST:
        return readings_of_requests.request(client.outbox.show(name))
    return readings_of_details.insurance(client.insurance.show(key))
