"""Help: the keys of the screen that one came from, then every key by its place, the signs, and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import words
from tui.actions import ACTIONS, Where
from tui.reading import Fact, Reading, Section
from tui.screens.detail import DetailScreen
from tui.sections import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.screen import Screen

    from tui.actions import Action

_PLACES = {
    Where.ANYWHERE: "Everywhere, also in forms",
    Where.SECTION: "On every screen",
    Where.LIST: "In lists",
    Where.PANEL: "In panels",
    Where.PAGE: "While reading",
    Where.DIALOG: "In what is open above a screen",
    Where.FORM: "In forms",
    Where.CONFIRM: "Where something is asked",
    Where.LONG: "In lists of records",
    Where.STEP: "In steps, such as signing in",
    Where.CHOICES: "Among choices",
    Where.UNLOCK: "While it is locked",
    Where.SYNCING: "Sync",
    Where.LABS: "Results",
    Where.LEARN: "Education",
    Where.PORTALS: "Portals and people",
    Where.AUDIT: "Audit trail",
}
_KEYS, _COMMAND = 16, 32


def read_help(shown: Screen[object] | None = None) -> Reading:
    """The keys that mean something on the screen that is `shown` as facts, then all of them, a section a place."""
    here = _here(shown) if shown is not None else set()
    facts = [Fact(_keys(action), action.words) for action in ACTIONS if action.id in here]
    facts.append(Fact("ctrl+p", "Find a command by its name"))
    places = [
        Section(_place(where), "\n".join(f"{_keys(action):{_KEYS}}{action.words}" for action in of_it))
        for where in Where
        if (of_it := [action for action in ACTIONS if action.where is where])
    ]
    sections = "\n".join(f"{f'g {section.key}':{_KEYS}}{section.title}: {section.words}" for section in SECTIONS)
    signs = "\n".join(f"{sign:22}{meaning}" for sign, meaning in words.SIGNS)
    return Reading(
        "Help",
        "Keys of this screen" if here else "Keys of the dashboard",
        tuple(facts),
        (
            Section("Screens", sections),
            *places,
            Section("Signs", signs),
            Section("The same at the command line", "\n".join(_commands())),
        ),
    )


class HelpScreen(DetailScreen):
    """Shows the help for the screen that it is called from."""

    def __init__(self, shown: Screen[object] | None = None) -> None:
        super().__init__(read_help(shown))


def _commands() -> Iterable[str]:
    told = [(action.command, action.words) for action in ACTIONS if action.command]
    told += [(section.command, section.words) for section in SECTIONS]
    yield from (f"{command:{_COMMAND}}{what}" for command, what in dict.fromkeys(told))
    yield f"{'portal export':{_COMMAND}}Take records out of the vault, as files"
    yield f"{'portal vault':{_COMMAND}}Backups, checks, the keychain and what opens the vault"


def _here(shown: Screen[object]) -> set[str]:
    """The ids of the actions whose keys mean something on a screen, with what has the focus."""
    widgets = [shown, *([shown.focused] if shown.focused is not None else [])]
    classes = [kind for widget in widgets for kind in type(widget).__mro__]
    found = [binding for kind in classes for binding in kind.__dict__.get("BINDINGS", ())]
    return {str(getattr(binding, "id", "")) for binding in found}


def _keys(action: Action) -> str:
    return action.shown_keys.replace(" ", " or ")


def _place(where: Where) -> str:
    return _PLACES.get(where) or where.name.replace("_", " ").capitalize()
