"""The choice of whose chart is shown, above the home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from tui.actions import Where, bindings

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.services.people import PersonRow

EVERYBODY = "Everybody"


def words(person: PersonRow) -> str:
    """One person in one line: whose chart, by what right, at which portal."""
    who = "yourself" if person.relationship == "self" else f"you are: {person.relationship}"
    over = "  ·  the right has ended" if person.is_over else ""
    return f"{person.patient}  ·  {who}  ·  {person.portal}{over}"


class PeopleScreen(ModalScreen[None]):
    """Lists the people. Reports Chosen when one is chosen, or everybody."""

    BINDINGS = [binding for binding in bindings(Where.READING) if getattr(binding, "id", "") == "back"]  # noqa: RUF012 - Textual declares it so

    class Chosen(Message):
        """Somebody was chosen: the name of their connection, None for everybody."""

        def __init__(self, portal: str | None) -> None:
            self.portal = portal
            super().__init__()

    def __init__(self, people: tuple[PersonRow, ...]) -> None:
        super().__init__()
        self._people = people

    def compose(self) -> ComposeResult:
        """A box with one line for each, the one who is shown marked."""
        alone = not all(person.is_shown for person in self._people)
        with Vertical(id="box") as box:
            box.border_title = Content("People")
            yield Static(Content("Whose chart shall be shown?"), id="heading")
            lines = [(words(person), alone and person.is_shown) for person in self._people] + [(EVERYBODY, not alone)]
            yield OptionList(*(Option(Content(f"{'▸' if is_shown else ' '} {line}")) for line, is_shown in lines))
        yield Footer(show_command_palette=False)

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Say who was chosen."""
        message.stop()
        chosen = message.option_index
        self.post_message(self.Chosen(str(self._people[chosen].portal) if chosen < len(self._people) else None))
