"""A page: one record at length, its labelled facts first, then its running text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.actions import Where, bindings

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui.reading import Reading


class Page(VerticalScroll, can_focus=True):
    """Shows a Reading, or until there is one, what can be read here."""

    BINDINGS = bindings(Where.PAGE)

    def __init__(self, reading: Reading | None = None, hint: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(*_parts(reading, hint), id=id)
        self.reading = reading
        self._title()

    async def show(self, reading: Reading | None, hint: str = "") -> None:
        """Show another record from its beginning, or none."""
        self.reading = reading
        self._title()
        with self.app.batch_update():
            await self.remove_children()
            await self.mount(*_parts(reading, hint))
        self.scroll_home(animate=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=lines, animate=False)

    def action_copy(self) -> None:
        """Copy what was marked with the mouse, or else all of it, and say that it leaves the vault."""
        text = self.screen.get_selected_text() or (self.reading.as_text() if self.reading else "")
        if text:
            self.app.copy_to_clipboard(text)  # which says that it leaves the vault

    def _title(self) -> None:
        self.set_class(self.reading is None, "-idle")
        self.border_title = Content(self.reading.kind if self.reading else "")


def _parts(reading: Reading | None, hint: str) -> list[Widget]:
    if reading is None:
        return [Static(Content(hint), classes="hint")] if hint else []
    parts: list[Widget] = [Static(Content(reading.title), classes="title")]
    parts += [
        Horizontal(
            Static(Content(fact.label), classes="label"), Static(Content(fact.value), classes="value"), classes="fact"
        )
        for fact in reading.facts
    ]
    for section in reading.sections:
        parts += [Static(Content(section.heading), classes="section"), Static(Content(section.text), classes="body")]
    return parts
