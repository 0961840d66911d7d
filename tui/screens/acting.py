"""What the screens for acting have in common: what is on its way for a line, and a menu of all that can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.actions import ACTIONS, Where, bindings
from tui.rows_of_care import Places, places
from tui.screens.doing import DoingScreen
from tui.screens.pick import PickScreen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.services.pending_changes import Unsent


class ActingScreen(DoingScreen):
    """A list of what something can be done with.

    `OWN` is its place in the table of actions, `NAMED_BY` the cell that names a line.
    """

    BINDINGS = bindings(Where.ACTING)
    OWN: ClassVar[Where]
    NAMED_BY: ClassVar[int] = 0

    def beside(self, unsent: Iterable[Unsent]) -> Places:
        """What lines are told of beside their records."""
        return places(unsent, self.portal.standing.status)

    def left(self, done: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
        """A form was carried out, or left: only the former changes what is listed."""
        if done:
            self.carried_out()

    def carried_out(self) -> None:
        """Show what became of what a form was about."""
        self.reload()

    def action_menu(self) -> None:
        """Let everything be chosen that can be done here."""
        found = [action for action in ACTIONS if action.where in {self.OWN, Where.ACTING} and action.call != "menu"]
        lines = tuple((action.call, f"{action.shown_keys.split()[0]}  {action.words}") for action in found)

        async def run(call: str | None) -> None:
            if call is not None:
                await self.run_action(call)

        row = self.table.current
        about = f"{row.cells[self.NAMED_BY].text}: what" if row else "What"
        self.app.push_screen(PickScreen(f"{about} shall be done?", lines), run)
