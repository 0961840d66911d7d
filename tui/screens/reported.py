"""Lists of what a patient can tell of and end: what there is, what is not sent yet, a new one, and the end of one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from textual import on

from tui import readings_of_requests
from tui.rows_of_details import REQUEST
from tui.screens.writing import WritingScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.client import Client
    from store.services.change_plans import ChangePlan
    from store.services.outbox_rows import OutboxRow
    from store.services.values import Listing
    from tui.columns import Row
    from tui.forms import Form
    from tui.reading import Reading


class _Told(Protocol):
    """What is told of."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def portal(self) -> str:
        """The portal that it is from."""

    @property
    def patient(self) -> str:
        """Whose it is."""


Item = TypeVar("Item", bound=_Told)


class _Service(Protocol[Item]):
    """Where such things are read."""

    def list(self, *, every: bool = False, limit: int | None = None) -> Listing[Item]:
        """Those that hold now, or all."""

    def show(self, name: str, /) -> Item:
        """One of them."""


@dataclass(frozen=True)
class Sort(Generic[Item]):
    """One sort of thing: what one is called, its FHIR type, and how it is read, listed, told of and ended."""

    what: str
    type: str
    service: Callable[[Client], _Service[Item]]
    row: Callable[[Item, str], Row]
    waiting: Callable[[OutboxRow, str], Row]
    reading: Callable[[Item], Reading]
    begin: Callable[[Client, str], Form[ChangePlan]]
    end: Callable[[Client, str, str], Form[ChangePlan]]
    counted: Callable[[int, bool], str]


class ReportedScreen(WritingScreen, Generic[Item]):
    """Those of one SORT that hold now, or all."""

    SORT: ClassVar[Sort[Item]]

    def __init__(self) -> None:
        super().__init__()
        self._every = False

    def reload(self) -> None:
        """Read the list anew."""
        self.ask(self._read, self._show)

    @on(Table.Chosen)
    def read_line(self, message: Table.Chosen) -> None:
        """Read one, or what became of a request about one."""
        self.open(partial(self._reading, key=message.row.key), message.row.portal)

    @property
    def is_turned(self) -> bool:
        """Whether those that are over are listed too."""
        return self._every

    def action_view(self) -> None:
        """List those that are over, too, or those alone that hold now."""
        self._every = not self._every
        self.turn()

    def action_add(self) -> None:
        """Tell of a new one."""
        self.for_whom(lambda portal: self.fill_in(lambda client: self.SORT.begin(client, portal), portal))

    def action_end(self) -> None:
        """Tell of the end of the one under the cursor."""
        if row := self.chosen(f"there is no {self.SORT.what} to do that with"):
            if row.key.startswith(f"{REQUEST}/"):
                self.refuse("it is not sent yet: it is given up in the outbox (g, then b)")
                return
            name, portal = row.key, str(row.portal)
            self.fill_in(lambda client: self.SORT.end(client, name, portal), portal)

    def _show(self, found: tuple[Sequence[Item], Sequence[OutboxRow]]) -> None:
        items, waiting = found
        rows = [self.SORT.waiting(each, self.whose(each.portal, each.patient)) for each in waiting]
        rows += [self.SORT.row(each, self.whose(each.portal, each.patient)) for each in items]
        self.table.show(self.narrowed(rows))
        left = f"  ·  ○ {len(waiting)} not sent yet" if waiting else ""
        self.say(f"{self.SORT.counted(len(items), self._every)}{left}")

    def _read(self, client: Client) -> tuple[Sequence[Item], Sequence[OutboxRow]]:
        found = self.SORT.service(client).list(every=self._every).items
        names = {str(each.id) for each in found}
        waiting = client.outbox.list(waiting=True).items
        new = [each for each in waiting if each.type == self.SORT.type and not each.target and each.id not in names]
        return found, new

    def _reading(self, client: Client, key: str) -> Reading:
        kind, _, name = key.partition("/")
        if kind == REQUEST:
            return readings_of_requests.request(client.outbox.show(name))
        return self.SORT.reading(self.SORT.service(client).show(key))
