"""The outbox: everything that was asked for, where it stands, and the ways out of where it stands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.errors import WrongState
from tui import forms_of_requests, outcomes, readings_of_requests, rows_of_letters, states, words
from tui.actions import Where, bindings
from tui.calls import Asked
from tui.columns import Column
from tui.screens.doing import Deed
from tui.screens.writing import WritingScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from store.services.outbox_rows import OutboxDetail, OutboxRow
    from store.services.values import Listing
    from tui.columns import Row
    from tui.reading import Reading


class OutboxScreen(WritingScreen):
    """Requests, newest first: all of them, or those that wait."""

    NAME = "outbox"
    BINDINGS = bindings(Where.WRITING, Where.OUTBOX)
    COLUMNS = (
        Column(most=18, title="State"),
        Column(most=12, title="Kind", from_width=60),
        Column(most=60, least=20, title="What"),
        Column(most=50, least=10, title="Detail", from_width=70),
        Column(most=11, title="Asked"),
    )
    EMPTY = "Nothing has been asked for. What you ask for and write is here until the portal has it."
    HINT = "Enter opens a request here: what is sent, where it stands, and what can be done."

    def __init__(self) -> None:
        super().__init__()
        self._waiting = False

    def reload(self) -> None:
        """Read the list anew."""
        waiting = self._waiting
        self.ask(lambda client: client.outbox.list(waiting=waiting), self._show)

    @on(Table.Chosen)
    def read_line(self, message: Table.Chosen) -> None:
        """Read a request."""
        key = message.row.key
        self.open(lambda client: readings_of_requests.request(client.outbox.show(key)), message.row.portal)

    @property
    def is_turned(self) -> bool:
        """Whether only what waits is listed."""
        return self._waiting

    def action_view(self) -> None:
        """List what waits alone, or everything again."""
        self._waiting = not self._waiting
        self.turn()

    def action_retry(self) -> None:
        """Send the request under the cursor now."""
        self._settle("retry", readings_of_requests.sending, "Send")

    def action_cancel(self) -> None:
        """Give the request under the cursor up."""
        self._settle("cancel", readings_of_requests.giving_up, "Give it up")

    def action_edit(self) -> None:
        """Change the text of the request under the cursor."""
        if row := self.chosen("there is no request to do that with"):
            portal = str(row.portal)
            self.fill_in(partial(forms_of_requests.change, request=row.key, portal=portal), portal)

    def action_decide(self) -> None:
        """Decide the conflict that the request under the cursor waits for."""
        if row := self.chosen("there is no request to do that with"):
            portal = str(row.portal)

            def decide(conflict: str) -> None:
                self.for_them(portal, lambda: self._decide(conflict))

            self.ask(partial(_conflict, key=row.key), decide, self.tell_trouble, Asked(portal, "deed"))

    def _decide(self, conflict: str) -> None:
        from tui.screens.merge import MergeScreen  # noqa: PLC0415 - loaded when it is first shown

        if self.is_current:
            self.app.push_screen(MergeScreen(conflict), self.close)

    def _settle(self, way: str, preview: Callable[[OutboxDetail], Reading], yes: str) -> None:
        row = self.chosen("there is no request to do that with")
        if row is None:
            return
        deed = Deed(partial(_checked, key=row.key, way=way), preview, partial(_done, way=way), yes, str(row.portal))
        self.settle(deed)

    def _show(self, found: Listing[OutboxRow]) -> None:
        now = self.portal.clock()
        rows: list[Row] = [
            rows_of_letters.request(each, now, self.whose(each.portal, each.patient)) for each in found.items
        ]
        self.table.show(self.narrowed(rows))
        open_ones = [each for each in found.items if not each.is_over]
        which = "Waiting" if self._waiting else "All"
        parts = [which, words.count(found.total, "request")]
        for state in ("conflict", "rejected", "unknown"):
            number = sum(each.state == state for each in open_ones)
            parts += [states.counted(state, number)] if number else []
        self.say("  ·  ".join(parts))


def _checked(client: Client, key: str, way: str) -> OutboxDetail:
    return client.outbox.check(key, way)


def _done(client: Client, detail: OutboxDetail, way: str) -> str:
    act = client.outbox.retry if way == "retry" else client.outbox.cancel
    return outcomes.told(lambda: outcomes.became(act(str(detail.row.id))))


def _conflict(client: Client, key: str) -> str:
    """The conflict that a request waits for. Raises WrongState where it waits for none."""
    row = client.outbox.show(key).row
    if not row.conflict:
        raise WrongState(str(row.state), "be decided: it is no conflict")
    return str(row.conflict)
