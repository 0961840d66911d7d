"""ACTIONS: every key of the dashboard, the one table that feeds key bindings, footer, help and command palette."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from textual.binding import Binding


class Where(Enum):
    """Where an action can be called."""

    ANYWHERE = auto()
    HOME = auto()
    PANEL = auto()
    READING = auto()


@dataclass(frozen=True)
class Action:
    """One thing that a key does.

    `call` is Textual's action; `label` stands in the footer (empty: not shown there); `words` stand in help and
    palette; `command` is what does the same at the command line, empty where only a screen has such a thing.
    """

    id: str
    where: Where
    keys: tuple[str, ...]
    shown_keys: str
    call: str
    label: str
    words: str
    command: str = ""


ACTIONS: tuple[Action, ...] = (
    Action("sync", Where.HOME, ("s",), "s", "app.sync", "Sync", "Fetch what is new, send what waits", "portal sync"),
    Action("stop", Where.HOME, ("escape",), "esc", "app.stop_sync", "Stop sync", "Stop a sync that is running"),
    Action("open", Where.PANEL, ("enter",), "enter", "open", "Open", "Read the chosen line", "portal records show"),
    Action("down", Where.PANEL, ("down", "j"), "↓ j", "move(1)", "", "Next line"),
    Action("up", Where.PANEL, ("up", "k"), "↑ k", "move(-1)", "", "Line before"),
    Action("first", Where.PANEL, ("home",), "home", "move_to(0)", "", "First line of the panel"),
    Action("last", Where.PANEL, ("end",), "end", "move_to(-1)", "", "Last line of the panel"),
    Action("next-panel", Where.HOME, ("tab", "right"), "tab →", "app.focus_next", "Next panel", "Next panel"),
    Action("panel-before", Where.HOME, ("shift+tab", "left"), "shift+tab ←", "app.focus_previous", "", "Panel before"),
    Action("back", Where.READING, ("escape", "q", "backspace"), "esc q", "app.back", "Back", "Close what is open"),
    Action("scroll-down", Where.READING, ("down", "j"), "↓ j", "scroll(1)", "Scroll", "Scroll down while reading"),
    Action("scroll-up", Where.READING, ("up", "k"), "↑ k", "scroll(-1)", "", "Scroll up while reading"),
    Action("people", Where.HOME, ("p",), "p", "app.people", "", "Choose whose chart is shown", "portal people switch"),
    Action("help", Where.HOME, ("question_mark", "f1"), "? F1", "app.help", "Help", "Show every key", "portal --help"),
    Action("lock", Where.HOME, ("ctrl+l",), "ctrl+l", "app.lock", "Lock", "Hide everything, close the vault"),
    Action("quit", Where.HOME, ("q",), "q", "app.quit", "Quit", "Leave the dashboard"),
    Action("quit-anywhere", Where.ANYWHERE, ("ctrl+q",), "ctrl+q", "app.quit", "Quit", "Leave, also while typing"),
)


IN_PALETTE = ("sync", "help", "lock", "quit")


def bindings(where: Where) -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """The key bindings of one place, as Textual wants them."""
    return [
        Binding(
            ",".join(action.keys),
            action.call,
            action.label or action.words,
            show=bool(action.label),
            key_display=action.shown_keys.split()[0],
            id=action.id,
        )
        for action in ACTIONS
        if action.where is where
    ]
