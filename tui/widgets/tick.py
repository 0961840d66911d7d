"""A box to tick, whose sign tells whether it is ticked; Textual's own tells it by its colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Checkbox

if TYPE_CHECKING:
    from textual.content import Content


class Tick(Checkbox):
    """Ticked with an X, and empty when it is not."""

    def render(self) -> Content:
        """The box with its sign, and the label."""
        self.BUTTON_INNER = "X" if self.value else " "
        return super().render()
