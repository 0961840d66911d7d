"""The audit trail: who did what, newest first, however long it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from tui import readings_of_keeping as readings
from tui import rows_of_keeping as rows
from tui import words
from tui.actions import Where, bindings
from tui.calls import CHOICE, Asked
from tui.columns import Column
from tui.screens.pick import PickScreen
from tui.screens.split import SplitScreen
from tui.widgets.table import Table

if TYPE_CHECKING:
    from store.client import Client
    from store.services.audit import AuditRow, Verified


@dataclass(frozen=True)
class _Wanted:
    """Which lines: of one action or of all, about some subjects or about all."""

    action: str
    subjects: tuple[str, ...] | None = None


class AuditScreen(SplitScreen):
    """Lines of the trail, read as they come into sight."""

    NAME = "audit"
    NEEDS_PORTAL = False
    BINDINGS = bindings(Where.AUDIT)
    COLUMNS = (
        Column(most=23, title="When"),
        Column(most=18, least=8, title="Action"),
        Column(most=60, least=12, title="What"),
        Column(most=24, least=8, title="Whose"),
        Column(most=24, from_width=110, title="As whom"),
        Column(most=8, from_width=100, is_right=True, title="Line"),
    )
    EMPTY = "No lines."
    HINT = "Enter tells more of a line; v verifies all of them. `portal audit export` writes them to a file."

    def __init__(self) -> None:
        super().__init__()
        self._wanted = _Wanted("")
        self._here: dict[str, AuditRow] = {}

    def reload(self) -> None:
        """Begin the list anew."""
        self.ask(partial(_begin, action=self._wanted.action), self._begin)

    def _begin(self, found: tuple[_Wanted, int]) -> None:
        self._wanted, total = found
        self._here.clear()
        self.table.show_long(total)
        what = f"Lines of {self._wanted.action}" if self._wanted.action else "Every line"
        self.say(f"{what}, newest first  ·  {words.count(total, 'line')}")

    @on(Table.Wanted)
    def read_lines(self, message: Table.Wanted) -> None:
        """Read lines that have come into sight."""
        first, number = message.first, message.until - message.first

        def fill(found: tuple[AuditRow, ...]) -> None:
            self._here |= {str(line.number): line for line in found}
            self.table.fill(first, [rows.audit(line, self._names()) for line in found])

        self.ask(
            partial(_lines, wanted=self._wanted, skip=first, limit=number), fill, asked=Asked(group=f"lines {first}")
        )

    @on(Table.Chosen)
    async def read_line(self, message: Table.Chosen) -> None:
        """Tell more of a line."""
        if line := self._here.get(message.row.key):
            await self.show_reading(readings.audit(line))

    def _names(self) -> dict[str, str]:
        """What patients are called, by their references."""
        status = self.portal.standing.status
        return {f"Patient/{each.patient}": str(each.patient_name) for each in (status.portals if status else ())}

    def action_verify(self) -> None:
        """Make sure that the trail is as it was written."""
        self.say("Verifying every line …")
        self.do(lambda client: client.audit.verify(), self._verified)

    async def _verified(self, found: Verified) -> None:
        self.reload()
        await self.show_reading(readings.verified(found))

    def action_narrow(self) -> None:
        """Let an action be chosen."""
        self.ask(lambda client: client.audit.actions(), self._ask_action, asked=Asked(group=CHOICE))

    def _ask_action(self, counts: dict[str, int]) -> None:
        lines = [("", f"Every line ({sum(counts.values())})")]
        lines += [(action, f"{action} ({count})") for action, count in counts.items()]
        self.portal.push_screen(PickScreen("Lines of which action?", tuple(lines), self._wanted.action), self._narrow)

    def _narrow(self, action: str | None) -> None:
        if action is not None:
            self._wanted = _Wanted(action)
            self.table.cursor = 0
            self.reload()


def _begin(client: Client, action: str) -> tuple[_Wanted, int]:
    wanted = _Wanted(action, client.audit.meant())
    return wanted, client.audit.list(action, limit=0, subjects=wanted.subjects).total


def _lines(client: Client, wanted: _Wanted, skip: int, limit: int) -> tuple[AuditRow, ...]:
    return client.audit.list(wanted.action, limit=limit, skip=skip, subjects=wanted.subjects).items
