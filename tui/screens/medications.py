"""Medications: prescribed, dispensed and reported in one list; those of one's own can be added, changed and stopped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from tui import forms_of_medicines as forms
from tui import forms_of_refills, readings_of_care, rows_of_care, words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.rows_of_care import OUTBOX
from tui.screens.acting import ActingScreen
from tui.screens.appointments import give_up
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.client import Client
    from store.records.medications import Medication
    from store.services.pending_changes import Unsent
    from tui.columns import Row

_ORDER, _STATEMENT = "MedicationRequest/", "MedicationStatement/"


@dataclass(frozen=True)
class _Read:
    """What the screen shows, read at one moment."""

    medicines: tuple[Medication, ...]
    unsent: tuple[Unsent, ...]


class MedicationsScreen(ActingScreen):
    """Current medicines, or with `v` all that there ever were."""

    NAME = "medications"
    OWN = Where.MEDICATIONS
    BINDINGS = bindings(Where.MEDICATIONS)
    COLUMNS = (
        Column(most=50, least=18, title="Medicine"),
        Column(most=60, least=12, title="How to take it"),
        Column(most=22, title="State"),
        Column(most=13, from_width=96, title="Source"),
        Column(most=11, from_width=100, title="Since"),
    )
    EMPTY = "None. Press n to tell the practice of one that you take by yourself."
    HINT = "Enter opens a line here; a has everything that can be done with it."

    def __init__(self) -> None:
        super().__init__()
        self._with_past = False

    def reload(self) -> None:
        """Read the list."""
        self.ask(partial(_read, include_past=self._with_past), self._show)

    def _show(self, found: _Read) -> None:
        beside = self.beside(found.unsent)
        rows = self.narrowed(rows_of_care.medication(each, beside) for each in found.medicines)
        self.table.show(rows)
        folded = sum(len(each.folded) for each in found.medicines)
        more = f"  ·  {folded} more of the same joined in" if folded else ""
        which = "Current and past" if self._with_past else "Current"
        self.say(f"{which}  ·  {words.count(len(rows), 'medicine')}{more}")

    @on(Table.Chosen)
    def read_medicine(self, message: Table.Chosen) -> None:
        """Read an entry that was opened."""
        now, key = self.portal.clock(), message.row.key
        self.open(lambda client: readings_of_care.medication(client, key, now), message.row.portal)

    @property
    def is_turned(self) -> bool:
        """Whether past medicines are listed too."""
        return self._with_past

    def action_view(self) -> None:
        """Show past medicines too, or current ones alone."""
        self._with_past = not self._with_past
        self.turn()

    def action_add(self) -> None:
        """Tell the practice of a medicine that one takes by oneself."""
        self.for_whom(lambda portal: self.fill_in(partial(forms.add, portal=portal), portal))

    def action_edit(self) -> None:
        """Change what was told of a medicine."""
        if row := self._own():
            key = row.key.removeprefix(_STATEMENT)
            self.fill_in(partial(forms.edit, portal=row.portal, key=key), row.portal)

    def action_stop(self) -> None:
        """Stop a medicine that one has reported, or give up telling of it."""
        row = self.chosen()
        if row is not None and row.key.startswith(OUTBOX):
            self.settle(give_up(row))
        elif row := self._own():
            key = row.key.removeprefix(_STATEMENT)
            self.fill_in(partial(forms.stop, portal=row.portal, key=key), row.portal)

    def action_refill(self) -> None:
        """Ask for a refill."""
        row = self.chosen()
        if row is None:
            return
        if not row.key.startswith(_ORDER):
            self.refuse("a refill can be asked for of what was prescribed")
            return
        keys = (row.key.removeprefix(_ORDER),)
        self.fill_in(partial(forms_of_refills.ask, portal=row.portal, keys=keys), row.portal)

    def _own(self) -> Row | None:
        """The chosen medicine, where it is one that was reported; of any other it is said that it is not."""
        row = self.chosen()
        if row is None:
            return None
        if row.key.startswith(OUTBOX):
            self.refuse("this is not sent yet; press x to give it up")
        elif not row.key.startswith(_STATEMENT):
            self.refuse("only medicines that you reported can be changed here; the practice minds the others")
        else:
            return row
        return None


def _read(client: Client, *, include_past: bool) -> _Read:
    return _Read(client.medications.list(include_past=include_past).items, client.outbox.unsent())
