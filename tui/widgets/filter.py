"""The field that narrows a list."""

from __future__ import annotations

from textual.widgets import Input

from tui.actions import Where, bindings


class Filter(Input):
    """Words to look for in a list."""

    BINDINGS = bindings(Where.FILTER)

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(placeholder="Words to look for", id=id)
        self.cursor_blink = False
