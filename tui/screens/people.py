"""The choice of whose chart is shown, above the screen that shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.pick import PickScreen

if TYPE_CHECKING:
    from store.services.people import PersonRow

EVERYBODY = ""
"""What is given for everybody, in place of the name of a connection."""


def words(person: PersonRow) -> str:
    """One person: whose chart, and under that, by what right, at which portal."""
    who = "yourself" if person.relationship == "self" else f"you are: {person.relationship}"
    over = "  ·  the right has ended" if person.is_over else ""
    return f"{person.patient}\n  {who}  ·  {person.portal}{over}"


class PeopleScreen(PickScreen):
    """Gives the name of the connection that was chosen, or EVERYBODY; begins at who is shown now."""

    def __init__(self, people: tuple[PersonRow, ...]) -> None:
        lines = [(str(person.portal), words(person)) for person in people]
        shown = [str(person.portal) for person in people if person.is_shown]
        super().__init__(
            "Whose chart shall be shown?",
            (*lines, (EVERYBODY, "Everybody")),
            shown[0] if len(shown) < len(people) else EVERYBODY,
        )
