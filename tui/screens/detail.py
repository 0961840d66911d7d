"""The reading screen: one record at length, above the home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from tui.actions import Where, bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.readings import Reading


class DetailScreen(ModalScreen[None]):
    """Shows a Reading."""

    BINDINGS = bindings(Where.READING)

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._reading = reading

    def compose(self) -> ComposeResult:
        """Title, facts, then sections; the keys below."""
        with VerticalScroll(id="page") as page:
            page.border_title = Content(self._reading.kind)
            yield Static(Content(self._reading.title), id="title")
            for fact in self._reading.facts:
                with Horizontal(classes="fact"):
                    yield Static(Content(fact.label), classes="label")
                    yield Static(Content(fact.value), classes="value")
            for section in self._reading.sections:
                yield Static(Content(section.heading), classes="section")
                yield Static(Content(section.text), classes="body")
        yield Footer(show_command_palette=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#page", VerticalScroll).scroll_relative(y=lines, animate=False)
