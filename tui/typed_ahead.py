"""Keys that are typed faster than screens open: each is for what shows when its turn comes.

A key goes to what has the focus when it is typed, and waits there behind those before it. Where one of these has opened
another screen by then, such as `g` the choice of where to go, or a field to type in, the key is meant for that.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

if TYPE_CHECKING:
    from textual.events import Key
    from textual.screen import Screen
    from textual.widget import Widget

_KEPT = 64  # keys that may be on their way at once


class TypedAhead:
    """At what each of the last keys was typed."""

    def __init__(self) -> None:
        self._aimed: deque[tuple[Key, Screen[object], Widget | None]] = deque(maxlen=_KEPT)

    def aim(self, key: Key, screen: Screen[object]) -> None:
        """Note that a key was typed while a screen showed."""
        self._aimed.append((key, screen, screen.focused))

    def is_for_another(self, key: Key, stack: list[Screen[object]]) -> bool:
        """Whether a key belongs to a screen that has opened above the one that it was typed at, or to a field there."""
        for known, screen, focused in self._aimed:
            if known is key:
                now = stack[-1].focused
                is_in_field = now is not focused and isinstance(now, Input | TextArea)
                return screen in stack[:-1] or (screen is stack[-1] and is_in_field)
        return False

    def is_over(self, key: Key, stack: list[Screen[object]]) -> bool:
        """Whether a key was to close what is closed already: to do so twice closes nothing else."""
        aimed = next((screen for known, screen, _ in self._aimed if known is key), None)
        return key.key == "escape" and aimed is not None and aimed not in stack
