"""ACTIONS: every key of the dashboard, the one table that feeds key bindings, footer, help and command palette."""

from __future__ import annotations

from textual.binding import Binding

from tui.actions.action import Action, Where
from tui.actions.care import CARE
from tui.actions.everywhere import EVERYWHERE
from tui.actions.keeping import KEEPING
from tui.actions.letters import LETTERS
from tui.actions.reading import READING

__all__ = ["ACTIONS", "Action", "Where", "bindings"]

ACTIONS: tuple[Action, ...] = (*EVERYWHERE, *READING, *CARE, *LETTERS, *KEEPING)


def bindings(*places: Where, only: tuple[str, ...] = ()) -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """The key bindings of some places, as Textual wants them; `only` are the ids of those that are wanted.

    What can be called anywhere can be so in forms and questions, too, whatever they make of the same key.
    """
    return [
        Binding(
            ",".join(action.keys),
            action.call,
            action.label or action.words,
            show=bool(action.label),
            key_display=action.shown_keys.split()[0],
            priority=action.where is Where.ANYWHERE,
            id=action.id,
        )
        for action in ACTIONS
        if action.where in places and (not only or action.id in only)
    ]
