"""What the screens for writing have in common: whose a line is, and whose chart something is written into."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tui.calls import Asked
from tui.reading import Reading, facts
from tui.screens.confirm import ConfirmScreen
from tui.screens.doing import DoingScreen
from tui.standing import whose

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.services.writes import Doubt
    from tui.screens.doing import Deed

Plan = TypeVar("Plan")


class WritingScreen(DoingScreen):
    """A list of what is written or sent from here."""

    def whose(self, portal: str, patient: str) -> str:
        """Whose a line is, for after its words, where the vault has several portals or patients."""
        return whose(self.portal.standing.status, portal, patient)

    def make_ready(self, deed: Deed[Plan], then: Callable[[Plan], object]) -> None:
        """Make something ready by reading alone, which need not wait for what is being sent."""
        self.ask(deed.plan, then, self.tell_trouble, Asked(deed.portal, "deed"))

    def for_them(self, portal: str, then: Callable[[str], object]) -> None:
        """Go on with what is for the patient of a connection; if it is not who is shown, that is asked first."""

        def decide(doubt: Doubt | None) -> None:
            if doubt is None:
                then(portal)
            elif self.is_current:
                self.app.push_screen(ConfirmScreen(_other(doubt), "Show that chart"), switch)

        def switch(yes: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if yes:
                self.do(lambda client: client.people.switch(portal), switched, self.tell_trouble)

        def switched(_: object) -> None:
            self.calls.read_standing()
            then(portal)

        self.ask(lambda client: client.writes.doubt(portal), decide, self.tell_trouble, Asked(group="whom"))


def _other(doubt: Doubt) -> Reading:
    """The question whether to show somebody's chart before something is written into it."""
    shown = doubt.shown or "nobody in particular"
    return Reading(
        "Whose chart",
        f"This is for {doubt.for_}. Show that chart, and go on?",
        facts(("It is for", doubt.for_), ("Shown now", shown)),
    )
