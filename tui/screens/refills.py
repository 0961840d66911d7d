"""Refills: the requests and where they stand, and what runs out, of which one or several can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from tui import forms_of_refills as forms
from tui import readings_of_care, rows_of_care, words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.acting import ActingScreen
from tui.widgets.marking import MarkingTable
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.client import Client
    from store.records.medications import Medication
    from store.services.pending_changes import Unsent
    from store.services.refill_plans import DueRow, RefillRow
    from tui.columns import Row

_FAR = 3660  # days
_SOON = 14  # days
Mark = tuple[str, str]


@dataclass(frozen=True)
class _Read:
    """What the screen shows, read at one moment: requests, or prescriptions with when they run out.

    Beside prescriptions, `requests` are only those that are open.
    """

    requests: tuple[RefillRow, ...] = ()
    orders: tuple[Medication, ...] = ()
    due: tuple[DueRow, ...] = ()
    unsent: tuple[Unsent, ...] = ()


class RefillsScreen(ActingScreen):
    """Requests, or with `v` what a refill can be asked of. Opened about `PORTAL ID`, it asks for that one."""

    NAME = "refills"
    OWN = Where.REFILLS
    BINDINGS = bindings(Where.REFILLS)
    COLUMNS = (
        Column(most=50, least=18, title="Medicine"),
        Column(most=29, least=16, title="State"),
        Column(most=40, least=10, from_width=60, title="Portal says"),
        Column(most=11, from_width=100, title="Asked"),
        Column(most=11, title="Changed"),
    )
    TO_ASK = (
        Column(most=3),
        Column(most=50, least=18, title="Medicine"),
        Column(most=16, title="Runs out"),
        Column(most=8, title="Refills"),
        Column(most=22, title="What to ask for"),
    )
    EMPTY = "No refill requests. Press n to see what can be asked for."
    HINT = "Enter opens a request here; n asks for a refill of one medicine or several."
    TURNED_HINT = "m marks a medicine; n asks for a refill of what is marked, or of the one that is chosen."

    def __init__(self, portal: str = "", order: str = "") -> None:
        super().__init__()
        self._about = (portal, order)
        self._is_asking = False
        self._marked: dict[Mark, None] = {}
        self._orders = _Read()

    def below(self) -> ComposeResult:
        """What a refill can be asked of, which is shown in place of the requests."""
        yield MarkingTable(self.TO_ASK, "No current prescriptions.", id="to-ask")

    @property
    def table(self) -> Table:
        """The list that is seen."""
        return self.query_one("#to-ask" if self._is_asking else "#table", Table)

    def reload(self) -> None:
        """Read the list; ask for the refill that this was opened for, the first time."""
        self.ask(_read_orders if self._is_asking else _read_requests, self._show)
        portal, order = self._about
        if order:
            self._about = ("", "")
            self.fill_in(partial(forms.ask, portal=portal, keys=(order,)), portal)

    def _show(self, found: _Read) -> None:
        if self._is_asking:
            self._show_orders(found)
            return
        beside = self.beside(found.unsent)
        rows = self.narrowed(rows_of_care.refill(each, self.portal.clock(), beside) for each in found.requests)
        self.table.show(rows)
        waiting = sum(each.is_waiting for each in found.requests)
        more = f"  ·  {waiting} not sent yet" if waiting else ""
        self.say(f"Requests  ·  {words.count(len(rows), 'request')}{more}")

    def _show_orders(self, found: _Read) -> None:
        self._orders = found
        beside = self.beside(found.unsent)
        due = {(str(each.portal), str(each.medication_id)): each for each in found.due}
        places = [(str(each.portal), str(each.id)) for each in found.orders]
        self._marked = {mark: None for mark in self._marked if mark in places}
        asked = {(str(each.portal), str(each.medication_id)) for each in found.requests}
        rows = self.narrowed(
            rows_of_care.to_refill(
                each, due.get(place), beside, is_marked=place in self._marked, is_asked=place in asked
            )
            for each, place in zip(found.orders, places, strict=True)
        )
        self.table.show(rows)
        over = sum(each.days < 0 and not each.is_asked for each in found.due)
        soon = sum(0 <= each.days <= _SOON and not each.is_asked for each in found.due)
        parts = ["To ask for"]
        parts += [f"! {over} {'has' if over == 1 else 'have'} run out"] if over else []
        parts += [f"{soon} {'runs' if soon == 1 else 'run'} out within {_SOON} days"] if soon else []
        parts += [f"{len(self._marked)} marked" if self._marked else "space marks, n asks"]
        self.say("  ·  ".join(parts))

    @on(Table.Chosen)
    def read_request(self, message: Table.Chosen) -> None:
        """Read what was opened."""
        now, key = self.portal.clock(), message.row.key
        read = readings_of_care.medication if self._is_asking else readings_of_care.refill
        self.open(lambda client: read(client, key, now), message.row.portal)

    @on(MarkingTable.Marked)
    def mark(self, message: MarkingTable.Marked) -> None:
        """Mark a medicine, or take its mark away."""
        place = (message.row.portal, message.row.key)
        if place in self._marked:
            del self._marked[place]
        else:
            self._marked[place] = None
        self._show_orders(self._orders)

    @property
    def is_turned(self) -> bool:
        """Whether what can be asked for is shown."""
        return self._is_asking

    def action_view(self) -> None:
        """Show what can be asked for in place of the requests, or the requests again."""
        self._is_asking = not self._is_asking
        self.set_class(self._is_asking, "-asking")
        self.table.focus()
        self.turn()

    def action_new(self) -> None:
        """Ask for what is marked, or chosen; from the requests, show what can be asked for first."""
        if not self._is_asking:
            self.action_view()
            return
        row = self.chosen()
        wanted = list(self._marked) or ([(row.portal, row.key)] if row else [])
        portals = dict.fromkeys(portal for portal, _ in wanted)
        if len(portals) > 1:
            self.refuse("these are of several portals or patients; ask for those of one at a time")
        elif wanted:
            keys = tuple(key for _, key in wanted)
            self.fill_in(partial(forms.ask, portal=wanted[0][0], keys=keys), wanted[0][0])

    def carried_out(self) -> None:
        """Take the marks away from what was asked for."""
        self._marked.clear()
        super().carried_out()

    def action_cancel(self) -> None:
        """Cancel a request."""
        row = self._request()
        if row is not None:
            self.fill_in(partial(forms.cancel, portal=row.portal, key=row.key), row.portal)

    def action_leave(self) -> None:
        """Go back from what can be asked for to the requests, or leave as any screen does."""
        if self._is_asking and self.focused is self.table and not self.portal.standing.is_syncing:
            self.action_view()
        else:
            super().action_leave()

    def _request(self) -> Row | None:
        if self._is_asking:
            self.refuse("requests are cancelled in their own list; press v to see it")
            return None
        return self.chosen()


def _read_requests(client: Client) -> _Read:
    return _Read(requests=client.refills.list().items, unsent=client.outbox.unsent())


def _read_orders(client: Client) -> _Read:
    """Prescriptions, those that run out first at the top."""
    due = client.refills.due(_FAR).items
    days = {(str(each.portal), str(each.medication_id)): each.days for each in due}
    orders = [
        each
        for each in client.medications.list().items
        if each.type == "MedicationRequest" and each.status == "active" and each.source == "prescribed"
    ]
    orders.sort(key=lambda each: days.get((str(each.portal), str(each.id)), _FAR + 1))
    return _Read(client.refills.unsettled(), tuple(orders), due, client.outbox.unsent())
