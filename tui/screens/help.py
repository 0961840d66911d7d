"""Help: every key, sign and command of the dashboard, from the table of actions."""

from __future__ import annotations

from tui import words
from tui.actions import ACTIONS
from tui.reading import Fact, Reading, Section
from tui.screens.detail import DetailScreen


def read_help() -> Reading:
    """The keys as facts, then the signs, then what does the same at the command line."""
    keys = tuple(Fact(action.shown_keys.replace(" ", " or "), action.words) for action in ACTIONS)
    signs = "\n".join(f"{sign:18}{meaning}" for sign, meaning in words.SIGNS)
    commands = "\n".join(
        f"{action.command:22}{action.words}" for action in ACTIONS if action.command.startswith("portal")
    )
    palette = Fact("ctrl+p", "Find a command by its name")
    return Reading(
        "Help",
        "Keys of the dashboard",
        (*keys, palette),
        (Section("Signs", signs), Section("The same at the command line", commands)),
    )


class HelpScreen(DetailScreen):
    """Shows the help."""

    def __init__(self) -> None:
        super().__init__(read_help())
