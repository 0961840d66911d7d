"""Appointments: what comes, what was asked for and what is past, as a list or as a month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.services.appointments import Which
from tui import forms_of_appointments as forms
from tui import month_days, readings_of_care, rows_of_care, words
from tui.actions import Where, bindings
from tui.calls import Asked
from tui.columns import Column
from tui.reading import Reading, facts
from tui.rows_of_care import OUTBOX
from tui.screens.acting import ActingScreen
from tui.screens.doing import Deed
from tui.screens.free_times import FreeTimesScreen
from tui.screens.pick import PickScreen
from tui.widgets.month import Entry, Month
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from textual.app import ComposeResult

    from store.client import Client
    from store.records.appointments import Appointment
    from store.records.free_times import FreeTime
    from store.services.outbox_rows import OutboxDetail
    from store.services.pending_changes import Unsent
    from tui.columns import Row

_EVERY = Which(upcoming=True, past=True, requested=True)
_KINDS = {
    "coming": ("To come, and asked for", Which(upcoming=True, requested=True)),
    "requested": ("Asked for, no time agreed", Which(upcoming=False, requested=True)),
    "past": ("Past and cancelled", Which(upcoming=False, past=True)),
    "every": ("All", _EVERY),
}


@dataclass(frozen=True)
class _Read:
    """What the screen shows, read at one moment."""

    visits: tuple[Appointment, ...]
    unsent: tuple[Unsent, ...]


class AppointmentsScreen(ActingScreen):
    """The agenda, and a month with the appointments of a day under it; opened `about` a request, it begins one."""

    NAME = "appointments"
    OWN = Where.APPOINTMENTS
    NAMED_BY = 1
    BINDINGS = bindings(Where.APPOINTMENTS)
    COLUMNS = (
        Column(most=17, title="When"),
        Column(most=60, least=16, title="Appointment"),
        Column(most=32, least=10, from_width=66, title="With"),
        Column(most=12, from_width=84),
        Column(most=24, title="State"),
    )
    EMPTY = "None. Press n to ask the practice for an appointment."
    HINT = "Enter opens a line here; a has everything that can be done with it."

    def __init__(self, about: str = "") -> None:
        super().__init__()
        self._about = about
        self._kind = "coming"
        self._is_month = False
        self._read = _Read((), ())

    def above(self) -> ComposeResult:
        """The month, which is shown in place of the agenda."""
        yield Month(id="month")

    def reload(self) -> None:
        """Read the appointments; begin the request that this was opened for, the first time."""
        which = _EVERY if self._is_month else _KINDS[self._kind][1]
        self.ask(partial(_read, which=which), self._show)
        if self._about:
            self._about = ""
            self.action_request()

    def _show(self, found: _Read) -> None:
        self._read = found
        now = self.portal.clock()
        if self._is_month:
            self._month.show(month_days.today(now), _by_day(found.visits))
            self._show_day(self._month.day)
            return
        rows = self.narrowed(self._rows(found.visits))
        self.table.show(rows)
        unsent = sum(row.cells[-1].text.startswith("○") for row in rows)
        waiting = f"  ·  {unsent} not sent yet" if unsent else ""
        self.say(f"{_KINDS[self._kind][0]}  ·  {words.count(len(rows), 'appointment')}{waiting}")

    def _rows(self, visits: Iterable[Appointment]) -> list[Row]:
        beside = self.beside(self._read.unsent)
        return [rows_of_care.appointment(visit, self.portal.clock(), beside) for visit in visits]

    @property
    def _month(self) -> Month:
        return self.query_one(Month)

    @on(Month.Moved)
    def show_day(self, message: Month.Moved) -> None:
        """Show what is on the day that was chosen."""
        if self._is_month:
            self._show_day(message.day)

    def _show_day(self, day: date) -> None:
        visits = [visit for visit in self._read.visits if month_days.day_of(visit.start) == day]
        rows = self.narrowed(self._rows(visits))
        self.table.show(rows)
        self.say(f"{words.weekday(day)}  ·  {words.count(len(rows), 'appointment')}")

    @on(Month.Opened)
    def open_day(self) -> None:
        """Open the appointment of a day; where there are several, go to the list of them."""
        if self.table.lines.total == 1:
            self.table.action_open()
        elif self.table.lines.total:
            self.table.focus()

    @on(Table.Chosen)
    def read_appointment(self, message: Table.Chosen) -> None:
        """Read an appointment that was opened."""
        now, key = self.portal.clock(), message.row.key
        self.open(lambda client: readings_of_care.appointment(client, key, now), message.row.portal)

    @property
    def is_turned(self) -> bool:
        """Whether the month is shown."""
        return self._is_month

    def action_view(self) -> None:
        """Show the month in place of the agenda, or the agenda again."""
        self._is_month = not self._is_month
        self.set_class(self._is_month, "-month")
        (self._month if self._is_month else self.table).focus()
        self.turn()

    def action_which(self) -> None:
        """Let it be chosen which appointments are listed."""
        lines = tuple((kind, title) for kind, (title, _) in _KINDS.items())
        self.app.push_screen(PickScreen("Which appointments?", lines, self._kind), self._take_which)

    def _take_which(self, kind: str | None) -> None:
        if kind is None:
            return
        self._kind = kind
        if self._is_month:
            self.action_view()
        else:
            self.table.cursor = 0
            self.reload()

    def action_request(self) -> None:
        """Ask for an appointment."""
        self.for_whom(lambda portal: self.fill_in(partial(forms.request, portal=portal), portal))

    def action_book(self) -> None:
        """Book a free time."""
        self.for_whom(
            lambda portal: self.ask(
                _check_request,
                lambda _: self._choose_time(portal, partial(forms.book, portal=portal)),
                self.tell_trouble,
                Asked(portal, "form"),
            )
        )

    def action_reschedule(self) -> None:
        """Ask for another time."""
        if row := self._agreed("be given another time"):
            check = partial(_check_reschedule, key=row.key)
            self.ask(check, lambda _: self._ask_how(row), self.tell_trouble, Asked(row.portal, "form"))

    def _ask_how(self, row: Row) -> None:
        lines = (("free", "Choose one of the free times"), ("wanted", "Say which times would suit"))

        def go_on(how: str | None) -> None:
            made = partial(forms.reschedule, portal=row.portal, key=row.key)
            if how == "free":
                self._choose_time(row.portal, made)
            elif how == "wanted":
                self.fill_in(partial(made, slot=None), row.portal)

        self.app.push_screen(PickScreen("Another time", lines), go_on)

    def _choose_time(self, portal: str, form: Callable[..., object]) -> None:
        def go_on(slot: FreeTime | None) -> None:
            if slot is not None:
                self.fill_in(partial(form, slot=slot), portal)  # type: ignore[arg-type]  # a form of either kind

        self.app.push_screen(FreeTimesScreen(portal), go_on)

    def action_cancel(self) -> None:
        """Cancel an appointment, or give up a request that is not sent yet."""
        row = self.chosen()
        if row is None:
            return
        if row.key.startswith(OUTBOX):
            self.settle(give_up(row))
        else:
            self.fill_in(partial(forms.cancel, portal=row.portal, key=row.key), row.portal)

    def action_answer(self) -> None:
        """Answer the time that the practice proposes."""
        if row := self._agreed("be answered"):
            self.fill_in(partial(forms.answer, portal=row.portal, key=row.key), row.portal)

    def action_check_in(self) -> None:
        """Say that one has arrived."""
        if row := self._agreed("be checked in for"):
            plan = partial(forms.plan_arrival, key=row.key)
            self.settle(Deed(plan, forms.preview_arrival, forms.submit_arrival, "Check in", row.portal))

    def action_directions(self) -> None:
        """Read where it is."""
        if row := self._agreed("be found"):
            self.open(partial(readings_of_care.directions, key=row.key), row.portal)

    def _agreed(self, action: str) -> Row | None:
        """The chosen appointment, which the portal has; of any other it is said that it cannot be had."""
        row = self.chosen()
        if row is not None and row.key.startswith(OUTBOX):
            self.refuse(f"a request that the practice does not have yet cannot {action}; press x to give it up")
            return None
        return row


def give_up(row: Row) -> Deed[OutboxDetail]:
    """Giving up a request that is not sent yet."""
    item = row.key.removeprefix(OUTBOX)

    def plan(client: Client) -> OutboxDetail:
        return client.outbox.check(item, "cancel")

    def preview(found: OutboxDetail) -> Reading:
        shown = readings_of_care.outbox_item(found.row)
        mind = "the portal may have it all the same" if found.row.state == "unknown" else ""
        return replace(shown, kind="Give this up?", facts=(*shown.facts, *facts(("Mind", mind))))

    def submit(client: Client, found: OutboxDetail) -> str:
        client.outbox.cancel(str(found.row.id))
        return "Given up; it will not be sent."

    return Deed(plan, preview, submit, "Give it up", row.portal)


def _read(client: Client, which: Which) -> _Read:
    return _Read(client.appointments.list(which=which).items, client.outbox.unsent())


def _by_day(visits: Iterable[Appointment]) -> dict[date, tuple[Entry, ...]]:
    """What is on each day, in the order of the hours."""
    found: defaultdict[date, list[tuple[int, Entry]]] = defaultdict(list)
    for visit in visits:
        day = month_days.day_of(visit.start)
        if day is not None and visit.start is not None:
            time = words.full(visit.start).rpartition(", ")[2] if visit.start.has_time else ""
            sign = words.visit_state(visit)[:1]
            found[day].append((visit.start.epoch or 0, Entry(sign, time)))
    return {day: tuple(entry for _, entry in sorted(each, key=lambda one: one[0])) for day, each in found.items()}


def _check_request(client: Client) -> None:
    client.bookings.check_request()


def _check_reschedule(client: Client, key: str) -> None:
    client.bookings.check_reschedule(key)
