"""What the screens for writing have in common: whose a line is, and reading without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tui.calls import Asked
from tui.screens.doing import DoingScreen
from tui.standing import whose

if TYPE_CHECKING:
    from collections.abc import Callable

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
