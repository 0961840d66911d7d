"""Keys that are typed faster than screens open: each is for what shows when its turn comes.

A key goes to what has the focus when it is typed, and waits there behind those before it. Where one of these has opened
another screen by then, such as `g` the choice of where to go, or a field to type in, the key is meant for that.

Nothing here keeps a key, which may be a letter of a passphrase, or a screen, which shows what a lock has to take away.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

if TYPE_CHECKING:
    from textual.events import Key
    from textual.screen import Screen
    from textual.widget import Widget

    _Aim = tuple[ref[Screen[object]], ref[Widget] | None]


def is_field(widget: object) -> bool:
    """Whether letters that are typed at a widget are written there."""
    from textual.widgets import Input, TextArea  # noqa: PLC0415 - a first screen is painted without them

    return isinstance(widget, Input | TextArea)


class Turn(Enum):
    """What a key is when its turn comes."""

    ITS_OWN = auto()  # for what it was typed at
    ANOTHERS = auto()  # for a screen that has opened above that since, or for a field there
    OVER = auto()  # it was to close what is closed already: to do so twice closes nothing else


class TypedAhead:
    """At what each key that is on its way was typed."""

    def __init__(self) -> None:
        self._aims: WeakKeyDictionary[Key, _Aim] = WeakKeyDictionary()

    def aim(self, key: Key, screen: Screen[object]) -> None:
        """Note that a key was typed while a screen showed."""
        self._aims[key] = ref(screen), ref(screen.focused) if screen.focused else None

    def turn(self, key: Key, stack: list[Screen[object]]) -> Turn:
        """What a key is that comes to its turn while some screens are open, the lowest first."""
        if key not in self._aims:
            return Turn.ITS_OWN
        aimed_screen, aimed_widget = self._aims[key]
        screen, widget = aimed_screen(), aimed_widget and aimed_widget()
        now = stack[-1].focused
        is_in_field = now is not widget and is_field(now)
        if screen in stack[:-1] or (screen is stack[-1] and is_in_field):
            return Turn.ANOTHERS
        return Turn.OVER if key.key == "escape" and screen not in stack else Turn.ITS_OWN
