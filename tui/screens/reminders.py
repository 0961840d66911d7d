"""Reminders: the rules, and what is due by them now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from tui import forms_of_reminders as forms
from tui import readings_of_care, rows_of_care, words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.acting import ActingScreen
from tui.screens.doing import Deed
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.client import Client
    from store.services.reminder_notices import Reminder
    from store.services.reminders import ReminderRow
    from store.services.values import Listing
    from tui.columns import Row


class RemindersScreen(ActingScreen):
    """Rules, or with `v` what is due now."""

    NAME = "reminders"
    OWN = Where.REMINDERS
    BINDINGS = bindings(Where.REMINDERS)
    COLUMNS = (
        Column(most=40, least=12, title="About"),
        Column(most=20, title="When"),
        Column(most=9, title="How"),
        Column(most=12, from_width=60, title="Details"),
        Column(most=10, title="State"),
    )
    DUE = (
        Column(most=12, title="About"),
        Column(most=70, least=52, title="Reminder"),
        Column(most=9, title="How"),
        Column(most=60, least=12, from_width=90, title="Details"),
    )
    EMPTY = "None yet. Press n to add some."
    HINT = "Enter opens a line here; v shows what is due now."
    TURNED_HINT = "Enter opens a line here; v shows the rules."

    def __init__(self) -> None:
        super().__init__()
        self._is_due = False
        self._rules: tuple[ReminderRow, ...] = ()
        self._due: tuple[Reminder, ...] = ()

    def below(self) -> ComposeResult:
        """What is due, which is shown in place of the rules."""
        yield Table(self.DUE, "Nothing is due.", id="due")

    @property
    def table(self) -> Table:
        """The list that is seen."""
        return self.query_one("#due" if self._is_due else "#table", Table)

    def reload(self) -> None:
        """Read the rules, or what is due."""
        if self._is_due:
            self.ask(lambda client: client.reminders.due(), self._show_due)
        else:
            self.ask(lambda client: client.reminders.list(), self._show_rules)

    def _show_rules(self, found: Listing[ReminderRow]) -> None:
        self._rules = found.items
        beside = self.beside(())
        rows = self.narrowed(rows_of_care.rule(each, beside) for each in found.items)
        self.table.show(rows)
        paused = sum(each.is_paused for each in found.items)
        more = f"  ·  {paused} paused" if paused else ""
        self.say(f"Rules  ·  {words.count(len(rows), 'rule')}{more}")

    def _show_due(self, found: tuple[Reminder, ...]) -> None:
        self._due = found
        rows = self.narrowed(rows_of_care.due_reminder(each, number) for number, each in enumerate(found))
        self.table.show(rows)
        self.say(f"Due now  ·  {words.count(len(rows), 'reminder')}")

    @on(Table.Chosen)
    def read_line(self, message: Table.Chosen) -> None:
        """Read what was opened."""
        number = int(message.row.key)
        if self._is_due:
            found = self._due[number]
            self.open(lambda _: readings_of_care.due_reminder(found))
        else:
            self.open(lambda client: readings_of_care.rule(forms.find(client, number)))

    @property
    def is_turned(self) -> bool:
        """Whether what is due is shown."""
        return self._is_due

    def action_view(self) -> None:
        """Show what is due in place of the rules, or the rules again."""
        self._is_due = not self._is_due
        self.set_class(self._is_due, "-due")
        self.table.focus()
        self.turn()

    def action_add(self) -> None:
        """Add rules."""
        self.fill_in(forms.add, "")

    def action_pause(self) -> None:
        """Let a rule rest, or work again."""
        if row := self._rule():
            number = int(row.key)
            paused = next((each.is_paused for each in self._rules if each.id == number), False)

            def done(found: ReminderRow) -> None:
                self.told("It rests." if found.is_paused else "It works again.")
                self.reload()

            self.do(lambda client: client.reminders.pause(number, is_paused=not paused), done, self.tell_trouble)

    def action_remove(self) -> None:
        """Remove a rule."""
        if row := self._rule():
            number = int(row.key)
            self.settle(Deed(partial(forms.find, number=number), forms.preview_removal, _remove, "Remove it"))

    def _rule(self) -> Row | None:
        if self._is_due:
            self.refuse("rules are minded in their own list; press v to see it")
            return None
        return self.chosen()


def _remove(client: Client, rule: ReminderRow) -> str:
    client.reminders.remove(rule.id)
    return "Removed."
